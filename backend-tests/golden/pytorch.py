"""Makes the golden numbers of the training suite with PyTorch (made with 1.13, Debian's python3-torch).

    python3 pytorch.py ../src/main/resources/dev/athanor/conformance/training

writes pytorch.safetensors (all cases) and cnn.safetensors (a state_dict alone). Everything is computed in float64.
"""
import json, struct, sys
import torch
from torch import nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(20)
golden = {}


def save(path, tensors):
    names = {torch.float64: "F64", torch.float32: "F32", torch.int64: "I64"}
    header, data = {}, b""
    for name in sorted(tensors, key=lambda n: ({"I64": 0, "F64": 1, "F32": 2}[names[tensors[n].dtype]], n)):
        t = tensors[name].detach().contiguous()
        raw = t.numpy().tobytes()
        header[name] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)


def layer(name, module, *shape):
    """One training pass: state before, output, gradients of sum(y * r), state after; and the output in evaluation."""
    module = module.double()
    for b in module.buffers():
        if b.dtype == torch.float64:
            b.copy_(torch.rand_like(b) + 0.5)
    x = torch.randn(*shape, requires_grad=True)
    put = lambda key, value: golden.__setitem__(f"layer.{name}.{key}", value.detach().clone())
    put("x", x)
    for k, v in module.state_dict().items():
        put("state." + k, v)
    y = module(x)
    r = torch.randn_like(y)
    (y * r).sum().backward()
    put("y", y)
    put("r", r)
    put("dx", x.grad)
    for k, p in module.named_parameters():
        put("grad." + k, p.grad)
    for k, b in module.named_buffers():
        put("after." + k, b)
    module.eval()
    put("eval", module(x))
    return module


layer("linear", nn.Linear(5, 3), 4, 5)
layer("linear_no_bias", nn.Linear(5, 3, bias=False), 4, 5)
layer("linear_rank3", nn.Linear(4, 2), 2, 3, 4)
layer("conv", nn.Conv2d(2, 3, 3), 2, 2, 5, 6)
layer("conv_stride_padding", nn.Conv2d(2, 3, 3, stride=2, padding=1), 2, 2, 6, 5)
layer("conv_dilation", nn.Conv2d(2, 3, 3, dilation=2, padding=2), 2, 2, 5, 5)
layer("conv_groups", nn.Conv2d(4, 6, 3, groups=2, padding=1, bias=False), 2, 4, 4, 4)
layer("conv_depthwise", nn.Conv2d(3, 6, 3, groups=3), 2, 3, 4, 5)
layer("conv_rectangular", nn.Conv2d(2, 3, (1, 3)), 2, 2, 3, 5)
layer("max_pool", nn.MaxPool2d(2), 2, 3, 4, 5)
layer("max_pool_padding", nn.MaxPool2d(3, stride=2, padding=1), 2, 2, 5, 6)
layer("avg_pool", nn.AvgPool2d(2), 2, 3, 4, 5)
layer("avg_pool_padding", nn.AvgPool2d(3, stride=2, padding=1), 2, 2, 5, 6)
layer("avg_pool_no_padding", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), 2, 2, 5, 6)
layer("batch_norm", nn.BatchNorm1d(3), 6, 3)
layer("batch_norm_2d", nn.BatchNorm2d(3, momentum=0.3, eps=1e-3), 4, 3, 2, 5)
layer("batch_norm_not_affine", nn.BatchNorm2d(2, affine=False), 3, 2, 3, 3)
layer("layer_norm", nn.LayerNorm(5), 4, 5)
layer("layer_norm_two_axes", nn.LayerNorm([3, 4], eps=1e-3), 2, 3, 4)
layer("layer_norm_not_affine", nn.LayerNorm(6, elementwise_affine=False), 3, 6)
layer("relu", nn.ReLU(), 3, 4)
layer("tanh", nn.Tanh(), 3, 4)
layer("sigmoid", nn.Sigmoid(), 3, 4)
layer("gelu", nn.GELU(), 3, 4)
layer("softmax", nn.Softmax(1), 3, 4)
layer("log_softmax", nn.LogSoftmax(1), 3, 4)
layer("flatten", nn.Flatten(), 2, 3, 2)
layer("residual", Residual(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 4))), 3, 4)
layer("residual_shortcut", Residual(nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(2, 3, 1)), 2, 2, 4, 4)
layer("mlp", nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3)), 5, 6)
cnn = layer("cnn", nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24, 5)), 3, 1, 8, 8)

# Losses at extreme logits.
logits = torch.tensor([-1000., -100., -30., -1., 0., 1., 30., 100., 1000.]).repeat(3, 1)
target = torch.tensor([[0.], [1.], [0.3]]).expand(3, 9)


def loss(name, function, x, t):
    x = x.clone().requires_grad_()
    value = function(x, t)
    value.backward()
    golden.update({f"loss.{name}.x": x, f"loss.{name}.t": t.clone(), f"loss.{name}.value": value, f"loss.{name}.dx": x.grad})


loss("bce", F.binary_cross_entropy_with_logits, logits, target)
loss("bce_sum", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="sum"), logits, target)
loss("mse", F.mse_loss, torch.randn(4, 3), torch.randn(4, 3))
loss("mse_sum", lambda x, t: F.mse_loss(x, t, reduction="sum"), torch.randn(4, 3), torch.randn(4, 3))
loss("ce", F.cross_entropy, torch.randn(5, 4) * 3, torch.tensor([0, 3, 1, 1, 2]))
loss("ce_sum", lambda x, t: F.cross_entropy(x, t, reduction="sum"), torch.randn(5, 4) * 3, torch.tensor([0, 3, 1, 1, 2]))
loss("ce_extreme", F.cross_entropy, torch.tensor([[1000., -1000., 0.], [-1000., 1000., 0.], [88., 89., -1e4], [1e30, 0., -1e30]]),
    torch.tensor([0, 0, 1, 0]))

# Optimizers: six steps with given gradients over two parameters; the learning rate changes after the third.
start = [torch.randn(3, 2), torch.randn(5)]
gradients = [[torch.randn(3, 2), torch.randn(5)] for _ in range(6)]
for i in range(2):
    golden[f"optimizer.start.{i}"] = start[i]
    for t in range(6):
        golden[f"optimizer.gradient.{t}.{i}"] = gradients[t][i]


def optimizer(name, make):
    ps = [p.clone().requires_grad_() for p in start]
    o = make(ps)
    for t in range(6):
        if t == 3:
            o.param_groups[0]["lr"] *= 0.5
        for p, g in zip(ps, gradients[t]):
            p.grad = g.clone()
        o.step()
        for i in range(2):
            golden[f"optimizer.{name}.{t}.{i}"] = ps[i].detach().clone()


optimizer("sgd", lambda p: torch.optim.SGD(p, lr=0.1))
optimizer("sgd_decay", lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.2))
optimizer("momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9))
optimizer("momentum_dampening", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.4, weight_decay=0.1))
optimizer("nesterov", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True))
optimizer("adam", lambda p: torch.optim.Adam(p, lr=0.1))
optimizer("adam_decay", lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.2))
optimizer("amsgrad", lambda p: torch.optim.Adam(p, lr=0.1, amsgrad=True))
optimizer("adamw", lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.2))

# Clipping by the common norm, below and above it.
for name, most in (("clipped", 0.7), ("unclipped", 1000.0)):
    ps = [p.clone().requires_grad_() for p in start]
    for p, g in zip(ps, gradients[0]):
        p.grad = g.clone()
    golden[f"clip.{name}.norm"] = nn.utils.clip_grad_norm_(ps, most)
    for i in range(2):
        golden[f"clip.{name}.{i}"] = ps[i].grad

# A whole training run: eight steps of Adam with clipping on a network with batch normalisation.
model = nn.Sequential(nn.Linear(4, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)).double()
for k, v in model.state_dict().items():
    golden["run.state." + k] = v.clone()
o = torch.optim.Adam(model.parameters(), lr=0.05)
losses = []
for t in range(8):
    x, c = torch.randn(6, 4), torch.randint(0, 3, (6,))
    golden[f"run.x.{t}"], golden[f"run.t.{t}"] = x, c
    o.zero_grad()
    l = F.cross_entropy(model(x), c)
    l.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    o.step()
    losses.append(l.detach())
golden["run.losses"] = torch.stack(losses)
for k, v in model.state_dict().items():
    golden["run.after." + k] = v

save(sys.argv[1] + "/pytorch.safetensors", golden)
save(sys.argv[1] + "/cnn.safetensors", {k: v if v.dtype == torch.int64 else v.float() for k, v in cnn.state_dict().items()})
