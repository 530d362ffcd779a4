"""BERT in Keras 3, written with `keras.ops` alone so that it trains on every backend.

Post-layer-norm encoder of Devlin et al. 2019 as in KoBERT: learnt positions, token type 0 everywhere,
exact (erf) GELU, tanh pooler on [CLS]. The padding mask is made in the graph from the pad id.
"""

from dataclasses import dataclass

import keras
from keras import ops

from model.tokenizer import PAD


@dataclass(frozen=True)
class BertConfig:
    """Sizes of an encoder. pooling: "first", BERT's pooler on [CLS], or "mean" of the tokens, as E5 was trained."""

    vocabulary: int = 8002
    layers: int = 4
    width: int = 256
    heads: int = 4
    feed_forward: int = 1024
    positions: int = 512
    dropout: float = 0.1
    epsilon: float = 1e-12
    pooling: str = "first"


def gelu(x):
    # Spelt with erf, not keras.activations.gelu (Erfc on TensorFlow): both exporters know erf. In float32,
    # since a processor without bfloat16 arithmetic converts at each step: 12 % of a training step.
    wide = ops.cast(x, "float32")
    return ops.cast(0.5 * wide * (1.0 + ops.erf(wide * 0.7071067811865476)), x.dtype)


def _initial():
    return keras.initializers.TruncatedNormal(stddev=0.02)


@keras.saving.register_keras_serializable("maeumgok")
class Embeddings(keras.layers.Layer):
    """ids int32 [n, length] → float [n, length, width]: word + position + type 0, normalised."""

    def __init__(self, vocabulary, width, positions, dropout, epsilon, **kwargs):
        super().__init__(**kwargs)
        self.settings = {
            "vocabulary": vocabulary,
            "width": width,
            "positions": positions,
            "dropout": dropout,
            "epsilon": epsilon,
        }
        self.words = keras.layers.Embedding(vocabulary, width, embeddings_initializer=_initial(), name="words")
        self.places = keras.layers.Embedding(positions, width, embeddings_initializer=_initial(), name="places")
        self.types = keras.layers.Embedding(2, width, embeddings_initializer=_initial(), name="types")
        self.norm = keras.layers.LayerNormalization(epsilon=epsilon, name="norm")
        self.drop = keras.layers.Dropout(dropout)

    def build(self, shape):
        self.words.build(shape)
        self.places.build(shape)
        self.types.build(shape)
        self.norm.build((*shape, self.settings["width"]))

    def call(self, ids, training=False):
        length = ops.shape(ids)[1]
        fixed = self.places(ops.arange(length)) + self.types(ops.zeros((1,), dtype="int32"))
        return self.drop(self.norm(self.words(ids) + ops.expand_dims(fixed, 0)), training=training)

    def get_config(self):
        return super().get_config() | self.settings


@keras.saving.register_keras_serializable("maeumgok")
class EncoderLayer(keras.layers.Layer):
    """One transformer block: (x [n, length, width], padding float [n, 1, 1, length]) → [n, length, width]."""

    def __init__(self, width, heads, feed_forward, dropout, epsilon, **kwargs):
        super().__init__(**kwargs)
        self.settings = {
            "width": width,
            "heads": heads,
            "feed_forward": feed_forward,
            "dropout": dropout,
            "epsilon": epsilon,
        }

        def dense(size, name, **more):
            return keras.layers.Dense(size, kernel_initializer=_initial(), name=name, **more)

        self.query, self.key, self.value = (dense(width, name) for name in ("query", "key", "value"))
        self.attended = dense(width, "attended")
        self.attended_norm = keras.layers.LayerNormalization(epsilon=epsilon, name="attended_norm")
        self.inner = dense(feed_forward, "inner")
        self.outer = dense(width, "outer")
        self.outer_norm = keras.layers.LayerNormalization(epsilon=epsilon, name="outer_norm")
        self.drop = keras.layers.Dropout(dropout)

    def build(self, x_shape, padding_shape):
        for layer in (self.query, self.key, self.value, self.attended, self.attended_norm, self.inner, self.outer_norm):
            layer.build(x_shape)
        self.outer.build((*x_shape[:-1], self.settings["feed_forward"]))

    def call(self, x, padding, training=False):
        query, key, value = (self._heads(layer(x)) for layer in (self.query, self.key, self.value))
        scale = (self.settings["width"] // self.settings["heads"]) ** -0.5
        scores = ops.matmul(query * scale, ops.transpose(key, (0, 1, 3, 2))) + ops.cast(padding, query.dtype)
        weights = self.drop(ops.softmax(scores), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        mixed = self.attended(ops.reshape(mixed, ops.shape(x)))
        x = self.attended_norm(x + self.drop(mixed, training=training))
        inner = self.outer(gelu(self.inner(x)))
        return self.outer_norm(x + self.drop(inner, training=training))

    def _heads(self, x):
        n, length = ops.shape(x)[0], ops.shape(x)[1]
        heads, width = self.settings["heads"], self.settings["width"]
        return ops.transpose(ops.reshape(x, (n, length, heads, width // heads)), (0, 2, 1, 3))

    def compute_output_shape(self, x_shape, padding_shape):
        return x_shape

    def get_config(self):
        return super().get_config() | self.settings


@keras.saving.register_keras_serializable("maeumgok")
class PaddingMask(keras.layers.Layer):
    """ids [n, length] → float32 [n, 1, 1, length]: 0 at tokens, -1e9 at padding."""

    def call(self, ids):
        padded = ops.cast(ops.equal(ids, PAD), "float32") * -1e9
        return ops.expand_dims(ops.expand_dims(padded, 1), 1)

    def compute_output_shape(self, shape):
        return (shape[0], 1, 1, shape[1])


@keras.saving.register_keras_serializable("maeumgok")
class First(keras.layers.Layer):
    """[n, length, width] → [n, width]: the state of [CLS], which stands first."""

    def call(self, x):
        return x[:, 0, :]

    def compute_output_shape(self, shape):
        return (shape[0], shape[2])


@keras.saving.register_keras_serializable("maeumgok")
class MeanOfTokens(keras.layers.Layer):
    """(hidden [n, length, width], ids [n, length]) → float32 [n, width]: the mean over tokens that are no padding."""

    def call(self, hidden, ids):
        real = ops.expand_dims(ops.cast(ops.not_equal(ids, PAD), "float32"), -1)
        return ops.sum(ops.cast(hidden, "float32") * real, axis=1) / ops.sum(real, axis=1)


def encoder(config: BertConfig) -> keras.Model:
    """The model `ids int32 [n, length] → (hidden [n, length, width], pooled [n, width])`."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = Embeddings(
        config.vocabulary, config.width, config.positions, config.dropout, config.epsilon, name="embeddings"
    )(ids)
    padding = PaddingMask(dtype="float32", name="padding")(ids)
    for number in range(config.layers):
        x = EncoderLayer(
            config.width, config.heads, config.feed_forward, config.dropout, config.epsilon, name=f"layer_{number}"
        )(x, padding)
    if config.pooling == "mean":
        pooled = MeanOfTokens(dtype="float32", name="mean")(x, ids)
    else:
        pooled = keras.layers.Dense(config.width, "tanh", kernel_initializer=_initial(), name="pooler")(First()(x))
    return keras.Model(ids, [x, pooled], name="encoder")


def classifier(config: BertConfig, labels: int, dropout: float = 0.2) -> keras.Model:
    """The model `ids int32 [n, length] → logits float32 [n, labels]`: pooled → dropout → dense.

    The softmax is taken with the loss in training and in the graph when exported, which is the same
    function and steadier in low precision.
    """
    backbone = encoder(config)
    ids = keras.Input((None,), dtype="int32", name="ids")
    _, pooled = backbone(ids)
    pooled = keras.layers.Dropout(dropout, name="dropout")(pooled)
    logits = keras.layers.Dense(labels, kernel_initializer=_initial(), dtype="float32", name="logits")(pooled)
    return keras.Model(ids, logits, name="classifier")
