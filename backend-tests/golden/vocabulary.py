"""Makes the golden numbers of activations and losses with PyTorch (made with 1.13, Debian's python3-torch).

    python3 vocabulary.py ../src/main/resources/dev/athanor/conformance/training

writes vocabulary.safetensors. Everything is computed in float64. An activation's case is x, y = f(x) and dx, the gradient of
sum(y * r) for weights r; a loss's is its inputs 0, 1, …, for each reduction the value, and the gradients of the mean.
"""
import json, struct, sys
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(6)
golden = {}


def save(path):
    names = {torch.float64: "F64", torch.int64: "I64"}
    header, data = {}, b""
    for name in sorted(golden):
        t = golden[name].detach().contiguous()
        raw = t.numpy().tobytes()
        header[name] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


# From saturation to saturation, zero and kinks among them.
POINTS = torch.tensor([-1000., -100, -30, -6, -3, -1, -0.5, -0.25, 0, 0.25, 0.5, 1, 3, 6, 30, 100, 1000])


def activation(name, f, x=POINTS, **parameters):
    leaves = {k: torch.as_tensor(v).clone().requires_grad_() for k, v in parameters.items()}
    x = x.clone().requires_grad_()
    y = f(x, **leaves)
    r = torch.randn_like(y)
    (y * r).sum().backward()
    golden.update({f"activation.{name}.{k}": v for k, v in {"x": x, "y": y, "r": r, "dx": x.grad}.items()})
    for k, v in leaves.items():
        golden.update({f"activation.{name}.parameter.{k}": v, f"activation.{name}.grad.{k}": v.grad})


activation("identity", lambda x: x * 1)
activation("step", lambda x: x.clamp(-1, 1) - x.detach().clamp(-1, 1) + (x.detach() >= 0).double())
activation("sigmoid", torch.sigmoid)
activation("hard-sigmoid", lambda x: (0.25 * x + 0.5).clamp(0, 1))
# Not at the kinks; F.hardsigmoid has a float32 constant in its gradient.
activation("pytorch-hard-sigmoid", lambda x: (x / 6 + 0.5).clamp(0, 1), POINTS * 0.9)
activation("tanh", torch.tanh)
activation("hard-tanh", F.hardtanh)
activation("relu", F.relu)
activation("relu6", F.relu6)
activation("leaky-relu", F.leaky_relu)
activation("leaky-relu-0.2", lambda x: F.leaky_relu(x, 0.2))
activation("prelu", F.prelu, weight=[0.25])
activation("prelu-channel", F.prelu, torch.randn(2, 3, 4), weight=[0.25, -0.5, 1.5])
activation("prelu-unit", lambda x, weight: torch.where(x > 0, x, x * weight), torch.randn(4, 3), weight=[0.25, -0.5, 1.5])
activation("rrelu", lambda x: F.rrelu(x, training=False))
activation("elu", F.elu)
activation("elu-0.7", lambda x: F.elu(x, 0.7))
activation("selu", F.selu)
activation("celu", F.celu)
activation("celu-2", lambda x: F.celu(x, 2))
activation("softplus", F.softplus)
activation("log-sigmoid", F.logsigmoid)
activation("softsign", F.softsign)
activation("silu", F.silu)
activation("swish", lambda x, beta: x * torch.sigmoid(beta * x), beta=[1.0])
activation("swish-1.5", lambda x: x * torch.sigmoid(1.5 * x))
activation("hard-swish", F.hardswish, POINTS * 0.9)  # not at its kinks, where PyTorch changed its derivatives later
activation("mish", F.mish)
activation("gelu", F.gelu)
activation("gelu-tanh", lambda x: F.gelu(x, approximate="tanh"))
activation("gelu-sigmoid", lambda x: x * torch.sigmoid(1.702 * x))
activation("hard-shrink", F.hardshrink)
activation("soft-shrink", F.softshrink)
activation("tanh-shrink", F.tanhshrink)
activation("gaussian", lambda x: torch.exp(-x * x))

rows = torch.tensor([[1000., -1000, 0, 3], [-100, 100, 99, 98], [0, 0, 0, 0], [0.5, -1.5, 2, -0.25]])
activation("softmax", lambda x: F.softmax(x, 1), rows)
activation("softmax-0", lambda x: F.softmax(x, 0), rows)
activation("log-softmax", lambda x: F.log_softmax(x, 1), rows)
activation("softmin", lambda x: F.softmin(x, 1), rows)

halves = torch.randn(3, 6, 2) * 2
activation("glu", lambda x: F.glu(x, 1), halves)
activation("geglu", lambda x: x[..., :3] * F.gelu(x[..., 3:]), torch.randn(4, 6))
activation("swiglu", lambda x: x[..., :3] * F.silu(x[..., 3:]), torch.randn(4, 6))
activation("maxout", lambda x: x.reshape(3, 3, 2, 2).amax(2), halves)


def loss(name, f, *inputs, mean=None):
    """f(*inputs, reduction=...); mean: another name of the reduction that MEAN stands for."""
    for i, t in enumerate(inputs):
        golden[f"loss.{name}.{i}"] = t.clone()
    for ours, reduction in (("NONE", "none"), ("SUM", "sum"), ("MEAN", mean or "mean")):
        leaves = [t.clone().requires_grad_() if t.dtype == torch.float64 else t for t in inputs]
        value = f(*leaves, reduction=reduction)
        golden[f"loss.{name}.{ours}"] = value
        if ours == "MEAN":
            value.backward()
            for i, t in enumerate(leaves):
                if t.grad is not None:
                    golden[f"loss.{name}.grad.{i}"] = t.grad


a, b = torch.randn(4, 3) * 2, torch.randn(4, 3) * 2
b[0, 0] = a[0, 0] + 1  # the end of Huber's parabola
loss("mse", F.mse_loss, a, b)
loss("mae", F.l1_loss, a, b)
loss("huber", F.huber_loss, a, b)
loss("huber-0.5", lambda x, t, reduction: F.huber_loss(x, t, reduction=reduction, delta=0.5), a, b)
loss("smooth-l1", F.smooth_l1_loss, a, b)
loss("smooth-l1-0.5", lambda x, t, reduction: F.smooth_l1_loss(x, t, reduction=reduction, beta=0.5), a, b)

logits = torch.tensor([[-1000., -100, -30, -1], [0, 1, 30, 100], [0.5, -0.25, 2, 1000]])
yes = torch.tensor([[0., 1, 0, 1], [1, 0, 0.25, 1], [1, 0.5, 0, 1]])
weight4 = torch.tensor([1., 2.5, 0.5, 3])
loss("bce", F.binary_cross_entropy_with_logits, logits, yes)
loss("bce-positive", lambda x, t, reduction: F.binary_cross_entropy_with_logits(x, t, reduction=reduction,
    pos_weight=torch.tensor(2.5)), logits, yes)
loss("bce-smoothing", lambda x, t, reduction: F.binary_cross_entropy_with_logits(x, t * 0.9 + 0.05, reduction=reduction), logits, yes)
loss("bce-probabilities", F.binary_cross_entropy, torch.rand(3, 4) * 0.98 + 0.01, yes)
golden["loss.bce-certain.0"] = torch.tensor([0., 0, 1, 1])
golden["loss.bce-certain.1"] = torch.tensor([0., 1, 0, 1])
golden["loss.bce-certain.NONE"] = F.binary_cross_entropy(golden["loss.bce-certain.0"], golden["loss.bce-certain.1"], reduction="none")

scores = torch.randn(5, 4) * 3
classes = torch.tensor([0, 3, 1, 1, 2])
some = torch.tensor([0, -100, 1, -100, 2])
soft = F.softmax(torch.randn(5, 4), 1)
image, pixels = torch.randn(2, 4, 2, 3) * 2, torch.randint(0, 4, (2, 2, 3))
golden["loss.weight4"] = weight4
ce = lambda **options: lambda x, t, reduction: F.cross_entropy(x, t, reduction=reduction, **options)
loss("ce", ce(), scores, classes)
loss("ce-weights", ce(weight=weight4), scores, classes)
loss("ce-ignored", ce(), scores, some)
loss("ce-smoothing", ce(label_smoothing=0.1), scores, classes)
loss("ce-everything", ce(weight=weight4, label_smoothing=0.1), scores, some)
loss("ce-image", ce(weight=weight4), image, pixels)
loss("ce-soft", ce(), scores, soft)
loss("ce-soft-everything", ce(weight=weight4, label_smoothing=0.1), scores, soft)
loss("ce-extreme", ce(), torch.tensor([[1000., -1000, 0, 5], [-1000, 1000, 0, 5], [88, 89, -1e4, 5], [1e30, 0, -1e30, 5]]),
    torch.tensor([0, 0, 1, 0]))
loss("nll", F.nll_loss, F.log_softmax(scores, 1), classes)
loss("nll-everything", lambda x, t, reduction: F.nll_loss(x, t, reduction=reduction, weight=weight4), F.log_softmax(scores, 1), some)
loss("nll-image", F.nll_loss, F.log_softmax(image, 1), pixels)
loss("ce-probabilities", lambda p, t, reduction: F.nll_loss(p.log(), t, reduction=reduction), F.softmax(scores, 1), classes)

log_q, p = F.log_softmax(scores, 1), soft.clone()
p[0] = torch.tensor([0., 0.5, 0.5, 0])


def kl(x, t, reduction, log_target=False):
    each = F.kl_div(x, t, reduction="none", log_target=log_target).sum(1)
    return each if reduction == "none" else F.kl_div(x, t, reduction=reduction, log_target=log_target)


loss("kl", lambda x, t, reduction: kl(x, t.detach(), reduction), log_q, p, mean="batchmean")
loss("kl-log", lambda x, t, reduction: kl(x, t, reduction, True), log_q, soft.log(), mean="batchmean")
loss("multi-margin", F.multi_margin_loss, scores, classes)
loss("multi-margin-everything", lambda x, t, reduction: F.multi_margin_loss(x, t, p=2, margin=0.5, weight=weight4, reduction=reduction),
    scores, classes)


def reduced(v, reduction):
    return v if reduction == "none" else v.sum() if reduction == "sum" else v.mean()


signs = torch.tensor([[1., -1, 1], [-1, -1, 1], [1, 1, -1], [-1, 1, 1]])
loss("hinge", lambda x, t, reduction: reduced((1 - t.detach() * x).clamp(min=0), reduction), a, signs)
loss("hinge-squared", lambda x, t, reduction: reduced((0.5 - t.detach() * x).clamp(min=0) ** 2, reduction), a, signs)
u, v = torch.randn(5, 3), torch.randn(5, 3)
loss("cosine-embedding", F.cosine_embedding_loss, u, v, torch.tensor([1, -1, 1, -1, -1]))
loss("cosine-embedding-0.3", lambda x, y, t, reduction: F.cosine_embedding_loss(x, y, t, margin=0.3, reduction=reduction), u, v,
    torch.tensor([1, -1, 1, -1, -1]))
loss("triplet", F.triplet_margin_loss, u, v, torch.randn(5, 3))
loss("triplet-1-swap", lambda x, y, z, reduction: F.triplet_margin_loss(x, y, z, margin=0.5, p=1, swap=True, reduction=reduction), u, v,
    torch.randn(5, 3))
counts = torch.tensor([[0., 1, 2], [5, 0, 1], [3, 3, 10], [1, 0, 0]])
loss("poisson", lambda x, t, reduction: F.poisson_nll_loss(x, t, reduction=reduction), a, counts)
loss("poisson-full", lambda x, t, reduction: F.poisson_nll_loss(x, t.detach(), full=True, reduction=reduction), a, counts)
loss("poisson-rate", lambda x, t, reduction: F.poisson_nll_loss(x, t, log_input=False, reduction=reduction), a.abs(), counts)
variance = torch.rand(4, 3) + 0.1
variance[1, 1] = 0  # below epsilon
loss("gaussian", lambda x, t, s, reduction: F.gaussian_nll_loss(x, t, s, reduction=reduction), a, b, variance + (variance == 0))
loss("gaussian-full", lambda x, t, s, reduction: F.gaussian_nll_loss(x, t, s, full=True, eps=0.01, reduction=reduction), a, b, variance)


def focal(x, t, reduction, gamma=2.0, alpha=0.25):
    """As torchvision's sigmoid_focal_loss."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return reduced((alpha * t + (1 - alpha) * (1 - t)) * ce * (1 - p_t) ** gamma, reduction)


def focal_classes(x, t, reduction, gamma=2.0):
    ce = F.cross_entropy(x, t, reduction="none")
    return reduced((1 - torch.exp(-ce)) ** gamma * ce, reduction)


loss("focal", focal, torch.randn(3, 4) * 3, torch.tensor([[0., 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 0]]))
loss("focal-classes", focal_classes, scores, classes)
save(sys.argv[1] + "/vocabulary.safetensors")
