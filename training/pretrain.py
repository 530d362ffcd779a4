"""Masked-language modelling: the encoder learns the language before it learns emotions."""

import keras
from keras import ops

from training.backbone import gelu


@keras.saving.register_keras_serializable("maeumgok")
class MaskedLanguageModel(keras.Model):
    """{"ids" int32 [n, length], "places" int32 [n, m]} → logits float32 [n, m, vocabulary].

    The head is BERT's: dense, GELU, normalisation, then the word embeddings themselves as output weights.
    """

    def __init__(self, encoder: keras.Model, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.words = encoder.get_layer("embeddings").words
        width = self.words.output_dim
        self.transform = keras.layers.Dense(width, gelu, name="transform")
        self.norm = keras.layers.LayerNormalization(epsilon=1e-12, name="norm")
        self.bias = self.add_weight((self.words.input_dim,), initializer="zeros", name="bias")

    def call(self, inputs, training=False):
        hidden, _ = self.encoder(inputs["ids"], training=training)
        states = ops.take_along_axis(hidden, ops.expand_dims(inputs["places"], -1), axis=1)
        states = self.norm(self.transform(states))
        words = ops.cast(self.words.embeddings, states.dtype)
        return ops.cast(ops.matmul(states, ops.transpose(words)), "float32") + ops.cast(self.bias, "float32")
