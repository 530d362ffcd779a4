"use strict";
// A conversation with /say. Everything is written as text, never as HTML.

const talk = document.getElementById("talk");
const choices = document.getElementById("choices");
const form = document.getElementById("form");
const text = document.getElementById("text");
const mood = document.getElementById("mood");
const send = form.querySelector("button");
const FAILED = "연결이 끊겼어요. 잠시 뒤에 다시 보내 주세요.";
let waiting = false;

function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function say(who, words, name) {
  const line = made("div", { className: `said ${name}` }, made("span", { className: "who", textContent: `${who}: ` }), words);
  talk.append(line);
  talk.scrollTop = talk.scrollHeight;
  return line;
}

function card(song) {
  const year = song.year ? ` (${song.year})` : "";
  const links = Object.entries(song.links).map(([name, address]) =>
    made("a", { href: address, target: "_blank", rel: "noopener noreferrer", textContent: name,
      ariaLabel: `${song.title}, ${name} (새 창)` }));
  return made("li", {},
    made("h3", { textContent: song.title }),
    made("p", { textContent: song.artist + year }),
    made("p", { textContent: song.reason }),
    made("p", { className: "links" }, ...links));
}

function bar(one) {
  const fill = made("span", { className: "fill" });
  fill.style.width = `${one.percent}%`;
  const track = made("span", { className: "track" }, fill);
  track.setAttribute("aria-hidden", "true");
  return made("li", {}, made("span", { textContent: one.name }), made("span", { textContent: `${one.percent}%` }), track);
}

function show(answer) {
  const shown = [];
  for (const reply of answer.replies) {
    const first = say("마음곡", reply.text, "bot");
    if (reply.picture) talk.append(made("img", { className: "picture", src: reply.picture, alt: "기분 기록 그림" }));
    if (reply.data) {
      const file = `data:application/json;charset=utf-8,${encodeURIComponent(reply.data)}`;
      talk.append(made("a", { className: "file", href: file, download: "maeumgok-mydata.json", textContent: "전체를 파일로 받기" }));
    }
    if (reply.call) talk.append(made("a", { className: "call", href: `tel:${reply.call}`, textContent: `${reply.call}에 전화하기` }));
    if (reply.songs.length) {
      const list = made("ol", { className: "songs" }, ...reply.songs.map(card));
      list.setAttribute("aria-label", "추천 노래");
      talk.append(list);
    }
    shown.push(first);
  }
  talk.scrollTop = Math.max(0, shown[0].offsetTop - talk.offsetTop - 8);
  const words = [...new Set(answer.replies.flatMap((reply) => reply.choices))];
  choices.replaceChildren(...words.map((word) => made("button", { type: "button", textContent: word, onclick: () => ask(word) })));
  mood.replaceChildren(...answer.mood.map(bar));
  mood.closest("aside").hidden = answer.mood.length === 0;
}

async function ask(words) {
  if (waiting) return;
  waiting = send.disabled = true;
  talk.setAttribute("aria-busy", "true");
  choices.replaceChildren();
  say("나", words, "me");
  const dots = say("마음곡", "…", "bot waiting");
  try {
    const answered = await fetch("say", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text: words }),
    });
    if (!answered.ok) throw new Error(String(answered.status));
    const answer = await answered.json();
    dots.remove();
    show(answer);
  } catch {
    dots.remove();
    say("마음곡", FAILED, "bot");
    text.value = text.value || words;
  }
  talk.setAttribute("aria-busy", "false");
  waiting = send.disabled = false;
  text.focus();
}

function submit(event) {
  event.preventDefault();
  const words = text.value.trim();
  if (!words || waiting) return;
  text.value = "";
  ask(words);
}

form.addEventListener("submit", submit);
text.addEventListener("keydown", (event) => {
  // While a syllable is being composed, Enter belongs to the keyboard.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
});
text.focus();
