"""RectifiedAdam (Liu et al. 2020, «On the Variance of the Adaptive Learning Rate and Beyond», algorithm 2)."""

import keras
from keras import ops

from training import devices


@keras.saving.register_keras_serializable("maeumgok")
class RectifiedAdam(keras.optimizers.Optimizer):
    """Adam whose adaptive step waits until its variance can be trusted.

    With `rho_t` below `threshold` (5 in TensorFlow Addons, from which the original's comes) the step is
    plain momentum. `weight_decay` is decoupled and multiplied by the scheduled learning rate.
    """

    def __init__(
        self,
        learning_rate=1e-3,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        threshold=5.0,
        weight_decay=None,
        name="rectified_adam",
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, name=name, **kwargs)
        self.beta_1, self.beta_2, self.epsilon, self.threshold = beta_1, beta_2, epsilon, threshold

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.first = [self.add_variable_from_reference(v, name="first") for v in variables]
        self.second = [self.add_variable_from_reference(v, name="second") for v in variables]

    def apply(self, grads, trainable_variables=None):
        # Keras clips what each device has found, and then adds it up.
        super().apply(devices.even_shares(grads), trainable_variables)

    def update_step(self, gradient, variable, learning_rate):
        dtype = variable.dtype
        rate, gradient = ops.cast(learning_rate, dtype), ops.cast(gradient, dtype)
        step = ops.cast(self.iterations + 1, dtype)
        index = self._get_variable_index(variable)
        first, second = self.first[index], self.second[index]
        self.assign_add(first, (gradient - first) * (1 - self.beta_1))
        self.assign_add(second, (ops.square(gradient) - second) * (1 - self.beta_2))

        beta_1_t, beta_2_t = ops.power(self.beta_1, step), ops.power(self.beta_2, step)
        rho_infinity = 2 / (1 - self.beta_2) - 1
        rho = rho_infinity - 2 * step * beta_2_t / (1 - beta_2_t)
        known = ops.maximum(rho, self.threshold)  # keeps the unused branch free of NaN
        rectifier = ops.sqrt(
            (known - 4) * (known - 2) * rho_infinity / ((rho_infinity - 4) * (rho_infinity - 2) * known)
        )
        momentum = first / (1 - beta_1_t)
        adaptive = rectifier * momentum / (ops.sqrt(second / (1 - beta_2_t)) + self.epsilon)
        self.assign_sub(variable, rate * ops.where(rho >= self.threshold, adaptive, momentum))

    def get_config(self):
        return super().get_config() | {
            "beta_1": self.beta_1,
            "beta_2": self.beta_2,
            "epsilon": self.epsilon,
            "threshold": self.threshold,
        }


@keras.saving.register_keras_serializable("maeumgok")
class WarmupThenLinear(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from 0 to `peak` in `warmup` steps, then falls in a line to 0 at step `total`."""

    def __init__(self, peak, warmup, total):
        self.peak, self.warmup, self.total = peak, warmup, total

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1
        rising = step / max(1, self.warmup)
        falling = (self.total - step) / max(1, self.total - self.warmup)
        return self.peak * ops.clip(ops.minimum(rising, falling), 0.0, 1.0)

    def get_config(self):
        return {"peak": self.peak, "warmup": self.warmup, "total": self.total}
