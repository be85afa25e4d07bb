"""Makes the golden numbers of the optimizers' and schedules' tests with PyTorch (made with 1.13, Debian's python3-torch).

    python3 optimizers.py ../src/main/resources/dev/athanor/conformance/training

writes optimizers.safetensors. Everything is computed in float64.
"""
import json, struct, sys
import torch
from torch import nn
from torch.optim import lr_scheduler as S

torch.set_default_dtype(torch.float64)
torch.manual_seed(21)
golden = {}


def save(path, tensors):
    header, data = {}, b""
    for name in sorted(tensors):
        t = tensors[name].detach().contiguous().double()
        raw = t.numpy().tobytes()
        header[name] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


# Twelve steps of each rule (RAdam is adaptive from the sixth): parameters after steps 1, 2, 3, 6 and 12. The last gradient but two is
# zero, the last but one tiny, the last huge.
STEPS, SHOWN = 12, (0, 1, 2, 5, 11)
start = [torch.randn(3, 2), torch.randn(5)]
gradients = [[torch.randn(3, 2), torch.randn(5)] for _ in range(STEPS)]
for k, factor in ((9, 0.0), (10, 1e-12), (11, 1e6)):
    gradients[k] = [g * factor for g in gradients[k]]
for i in range(2):
    golden[f"start.{i}"] = start[i]
    for t in range(STEPS):
        golden[f"gradient.{t}.{i}"] = gradients[t][i]


def optimizer(name, make):
    ps = [p.clone().requires_grad_() for p in start]
    o = make(ps)
    for t in range(STEPS):
        if t == 3:
            for g in o.param_groups:
                g["lr"] *= 0.5
        for p, g in zip(ps, gradients[t]):
            p.grad = g.clone()
        o.step()
        if t in SHOWN:
            for i in range(2):
                golden[f"optimizer.{name}.{t}.{i}"] = ps[i].detach().clone()


class NAdam(torch.optim.Optimizer):
    """As PyTorch documents it. Release 1.13 itself takes one factor too many into the product of the momenta (fixed in 2.0)."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, momentum_decay=4e-3):
        super().__init__(params, dict(lr=lr))
        self.b, self.eps, self.wd, self.psi = betas, eps, weight_decay, momentum_decay
        self.t, self.product, self.m, self.v = 0, 1.0, {}, {}

    @torch.no_grad()
    def step(self):
        b1, b2 = self.b
        self.t += 1
        mu, after = (b1 * (1 - 0.5 * 0.96 ** (t * self.psi)) for t in (self.t, self.t + 1))
        self.product *= mu
        for group in self.param_groups:
            for p in group["params"]:
                g = p.grad + self.wd * p
                self.m[p] = b1 * self.m.get(p, 0) + (1 - b1) * g
                self.v[p] = b2 * self.v.get(p, 0) + (1 - b2) * g * g
                m = after * self.m[p] / (1 - self.product * after) + (1 - mu) * g / (1 - self.product)
                p -= group["lr"] * m / ((self.v[p] / (1 - b2 ** self.t)).sqrt() + self.eps)


O = torch.optim
optimizer("adagrad", lambda p: O.Adagrad(p, lr=0.1))
optimizer("adagrad_decay", lambda p: O.Adagrad(p, lr=0.1, lr_decay=0.2, eps=1e-3, weight_decay=0.1))
optimizer("rmsprop", lambda p: O.RMSprop(p, lr=0.01))
optimizer("rmsprop_momentum", lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.8, eps=1e-4, weight_decay=0.1))
optimizer("rmsprop_centered", lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, centered=True))
optimizer("rmsprop_centered_momentum", lambda p: O.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, centered=True))
optimizer("adadelta", lambda p: O.Adadelta(p, lr=1.0))
optimizer("adadelta_decay", lambda p: O.Adadelta(p, lr=0.5, rho=0.95, eps=1e-3, weight_decay=0.1))
optimizer("adam", lambda p: O.Adam(p, lr=0.1, betas=(0.8, 0.99), weight_decay=0.2))
optimizer("amsgrad", lambda p: O.Adam(p, lr=0.1, betas=(0.8, 0.9), amsgrad=True))
optimizer("adamw", lambda p: O.AdamW(p, lr=0.1, weight_decay=0.2))
optimizer("adamax", lambda p: O.Adamax(p, lr=0.1))
optimizer("adamax_decay", lambda p: O.Adamax(p, lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1))
optimizer("nadam", lambda p: NAdam(p, lr=0.1))
optimizer("nadam_decay", lambda p: NAdam(p, lr=0.1, betas=(0.8, 0.9), momentum_decay=0.1, weight_decay=0.1))
optimizer("radam", lambda p: O.RAdam(p, lr=0.1))
optimizer("radam_decay", lambda p: O.RAdam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1))
# Two groups: the matrix decays, the vector does not and moves half as fast.
optimizer("groups", lambda p: O.Adam([{"params": [p[0]], "weight_decay": 0.1}, {"params": [p[1]], "lr": 0.05}], lr=0.1))

# Clipping: by value, and each parameter by its own norm.
for kind in ("value", "norm"):
    ps = [p.clone().requires_grad_() for p in start]
    for p, g in zip(ps, gradients[0]):
        p.grad = g.clone()
    if kind == "value":
        nn.utils.clip_grad_value_(ps, 0.5)
    else:
        for p in ps:
            nn.utils.clip_grad_norm_(p, 1.5)
    for i in range(2):
        golden[f"clip.{kind}.{i}"] = ps[i].grad

# Learning rates of forty steps, from a rate of 1 (the maximum for cycles).
def schedule(name, make, n=40):
    o = O.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    s = make(o)
    rates = []
    for _ in range(n):
        rates.append(o.param_groups[0]["lr"])
        o.step()
        s.step()
    golden["schedule." + name] = torch.tensor(rates)


schedule("constant", lambda o: S.ConstantLR(o, factor=1.0, total_iters=5))
schedule("piecewise", lambda o: S.MultiStepLR(o, [5, 12, 30], gamma=0.1))
schedule("step", lambda o: S.StepLR(o, 7, gamma=0.5))
schedule("inverse_time", lambda o: S.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t)))
schedule("exponential", lambda o: S.ExponentialLR(o, 0.9))
schedule("natural_exponential", lambda o: S.LambdaLR(o, lambda t: 2.718281828459045 ** (-0.1 * t)))
schedule("cosine", lambda o: S.CosineAnnealingLR(o, 39, eta_min=0.02))
schedule("polynomial", lambda o: S.PolynomialLR(o, 30, power=2.0))
schedule("warmup", lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=10), S.ExponentialLR(o, 0.9)], [10]))
schedule("triangular", lambda o: S.CyclicLR(o, 0.1, 1.0, 4, 7, mode="triangular"))
schedule("triangular2", lambda o: S.CyclicLR(o, 0.1, 1.0, 4, mode="triangular2"))
schedule("exp_range", lambda o: S.CyclicLR(o, 0.1, 1.0, 4, mode="exp_range", gamma=0.95))
schedule("warm_restarts", lambda o: S.CosineAnnealingWarmRestarts(o, 5, 2, eta_min=0.02))
schedule("one_cycle", lambda o: S.OneCycleLR(o, 1.0, total_steps=40), 39)
schedule("one_cycle_linear", lambda o: S.OneCycleLR(o, 1.0, total_steps=40, pct_start=0.25, anneal_strategy="linear",
                                                    div_factor=10, final_div_factor=100), 39)

# Reduce on plateau: the value of each epoch and the rate after it.
values = [3, 2.5, 2.49999, 2.4, 2.6, 2.6, 2.6, 2.6, 2.3999, 2.4, 2.4, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 0.5, float("nan"), 0.6, 0.7, 0.8]
golden["plateau.values"] = torch.tensor(values)
for name, kw in (("min", dict(factor=0.5, patience=2, threshold=1e-3, cooldown=1)),
                 ("max", dict(mode="max", factor=0.1, patience=3, min_lr=1e-3))):
    o = O.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    s = S.ReduceLROnPlateau(o, **kw)
    rates = []
    for v in values:
        s.step(v)
        rates.append(o.param_groups[0]["lr"])
    golden["plateau." + name] = torch.tensor(rates)

save(sys.argv[1] + "/optimizers.safetensors", golden)
