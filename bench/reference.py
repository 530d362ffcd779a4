"""What transformers' BERT says of known weights: the values that tests/test_reference.py holds our encoder to.

    .venv/bin/pip install -e '.[reference]'
    .venv/bin/python -m bench.reference

Writes tests/reference.npz, or the file that is named: hidden states and pooled output of transformers.BertModel on
padded ids. The weights are not in the file, since both sides draw them from the same seed (`draw`); it keeps their
sum to tell if a release of NumPy should ever draw other numbers.
"""

import sys
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent.parent / "tests" / "reference.npz"
SEED = 1234
PAD, CLS, SEP = 1, 2, 3  # KoBERT's ids, of which [SEP] is the last that no text may hold
LENGTHS = {"2x64": (16, 9, 2, 5), "2x64 wide": (16, 9, 2, 5), "12x768": (16, 7)}


def config(layers: int, width: int, heads: int, vocabulary: int) -> dict:
    """The sizes of a BERT under the names of its config.json, without dropout."""
    return {
        "vocab_size": vocabulary,
        "num_hidden_layers": layers,
        "hidden_size": width,
        "num_attention_heads": heads,
        "intermediate_size": 4 * width,
        "max_position_embeddings": 64,
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "pad_token_id": PAD,
    }


# Each with the standard deviation of its weights: 0.02 is what BERT starts from, 0.1 takes GELU out of its middle.
CHECKPOINTS = {
    "2x64": (config(2, 64, 4, 120), 0.02),
    "2x64 wide": (config(2, 64, 4, 120), 0.1),
    "12x768": (config(12, 768, 12, 512), 0.02),
}


def shapes(sizes: dict) -> dict[str, tuple[int, ...]]:
    """Shape of every tensor by its name in PyTorch's BERT, in the order in which they are drawn."""
    width, inner = sizes["hidden_size"], sizes["intermediate_size"]

    def dense(name: str, out: int, into: int) -> dict:
        return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}

    def norm(name: str) -> dict:
        return {f"{name}.weight": (width,), f"{name}.bias": (width,)}

    found = {
        "embeddings.word_embeddings.weight": (sizes["vocab_size"], width),
        "embeddings.position_embeddings.weight": (sizes["max_position_embeddings"], width),
        "embeddings.token_type_embeddings.weight": (2, width),
        **norm("embeddings.LayerNorm"),
    }
    for number in range(sizes["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for name in ("query", "key", "value"):
            found |= dense(f"{layer}.attention.self.{name}", width, width)
        found |= dense(f"{layer}.attention.output.dense", width, width) | norm(f"{layer}.attention.output.LayerNorm")
        found |= dense(f"{layer}.intermediate.dense", inner, width)
        found |= dense(f"{layer}.output.dense", width, inner) | norm(f"{layer}.output.LayerNorm")
    return found | dense("pooler.dense", width, width)


def draw(sizes: dict, deviation: float, seed: int = SEED) -> dict[str, np.ndarray]:
    """float32 tensors by name: normal around 0 (weights of a LayerNorm: around 1), one after another as in `shapes`."""
    random = np.random.default_rng(seed)
    made = {}
    for name, shape in shapes(sizes).items():
        made[name] = random.standard_normal(shape, np.float32) * np.float32(deviation)
        if name.endswith("LayerNorm.weight"):
            made[name] += 1
    return made


def total(tensors: dict[str, np.ndarray]) -> float:
    """The sum of all numbers, by which one draw is known from another."""
    return float(sum(value.sum(dtype=np.float64) for value in tensors.values()))


def draw_ids(name: str) -> np.ndarray:
    """int32 [rows, 16]: [CLS] text [SEP], then [PAD]."""
    random = np.random.default_rng(SEED)
    rows = np.full((len(LENGTHS[name]), max(LENGTHS[name])), PAD, np.int32)
    for row, length in zip(rows, LENGTHS[name], strict=True):
        row[:length] = random.integers(SEP + 2, CHECKPOINTS[name][0]["vocab_size"], length)
        row[0], row[length - 1] = CLS, SEP
    return rows


def transformers_states(sizes: dict, tensors: dict[str, np.ndarray], ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(hidden [n, length, width], pooled [n, width]), float32, by transformers.BertModel; token type 0 everywhere."""
    import torch
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig(**sizes)).eval()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
    with torch.no_grad():
        said = model(
            input_ids=torch.from_numpy(ids).long(),
            attention_mask=torch.from_numpy(ids != PAD).long(),
            token_type_ids=torch.zeros(ids.shape, dtype=torch.long),
        )
    return said.last_hidden_state.numpy(), said.pooler_output.numpy()


def main() -> None:
    file, kept = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE, {}
    for name, (sizes, deviation) in CHECKPOINTS.items():
        tensors, ids = draw(sizes, deviation), draw_ids(name)
        hidden, pooled = transformers_states(sizes, tensors, ids)
        kept |= {f"{name} {what}": value for what, value in (("ids", ids), ("hidden", hidden), ("pooled", pooled))}
        kept[f"{name} total"] = np.array(total(tensors))
    np.savez_compressed(file, **kept)
    print(f"{file.name}: {file.stat().st_size} bytes, {', '.join(CHECKPOINTS)}")


if __name__ == "__main__":
    main()
