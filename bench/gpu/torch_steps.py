#!/usr/bin/env python3
"""Training steps of PyTorch, eager and compiled, beside Athanor's: the same networks, optimizers and batch sizes, a fresh batch from
pinned host memory at each step, the median of rounds of steps with one wait for the device at the end of each round. Prints JSON lines.

The cases are those of dev.athanor.bench.gpu.Network: mlp-128, lenet-64, resnet18-128, or tiny ones with --quick."""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

START = time.monotonic()
BATCHES = 8


def say(**line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


class Block(nn.Module):
    """Two 3 x 3 convolutions with batch normalisation; a 1 x 1 convolution beside them where the shape changes."""

    def __init__(self, inner, outer, stride):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(inner, outer, 3, stride, 1, bias=False), nn.BatchNorm2d(outer), nn.ReLU(),
                                  nn.Conv2d(outer, outer, 3, 1, 1, bias=False), nn.BatchNorm2d(outer))
        same = stride == 1 and inner == outer
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(inner, outer, 1, stride, bias=False),
                                                                 nn.BatchNorm2d(outer))

    def forward(self, x):
        return F.relu(self.body(x) + self.shortcut(x))


def resnet18():
    parts = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inner = 64
    for stage in range(4):
        outer = 64 << stage
        for i in range(2):
            parts.append(Block(inner, outer, 2 if stage > 0 and i == 0 else 1))
            inner = outer
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def cases(quick):
    """name, network, shape of an example, batch, whether Adam (1e-3) or plain gradient descent (1e-2)."""
    if quick:
        return [
            ("mlp-tiny", lambda: nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 10)), (12,), 4, True),
            ("lenet-tiny", lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10)),
             (1, 8, 8), 4, True),
            ("resnet18-tiny", lambda: nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU(),
                                                    Block(4, 4, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 10)),
             (3, 6, 6), 4, False),
        ]
    return [
        ("mlp-128", lambda: nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)),
         (784,), 128, True),
        ("lenet-64", lambda: nn.Sequential(nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(),
                                           nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10)),
         (1, 28, 28), 64, True),
        ("resnet18-128", resnet18, (3, 32, 32), 128, False),
    ]


def precision(name):
    """HIGHEST: float32 in products and convolutions; TF32 in both. (PyTorch's own default mixes the two.)"""
    torch.backends.cuda.matmul.allow_tf32 = name == "TF32"
    torch.backends.cudnn.allow_tf32 = name == "TF32"


def step_of(build, shape, batch, adam, device, way):
    torch.manual_seed(1)
    cuda = device.startswith("cuda")
    model = build().to(device).train()
    # The fastest form of each optimizer: one fused launch where this PyTorch has it.
    fused = {"fused": True} if cuda else {}
    try:
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, **fused) if adam else torch.optim.SGD(model.parameters(), 1e-2, **fused)
    except (TypeError, RuntimeError):
        optimizer = torch.optim.Adam(model.parameters(), 1e-3) if adam else torch.optim.SGD(model.parameters(), 1e-2)
    xs = [torch.rand(batch, *shape) for _ in range(BATCHES)]
    ys = [torch.randint(0, 10, (batch,)) for _ in range(BATCHES)]
    if cuda:
        xs = [x.pin_memory() for x in xs]
        ys = [y.pin_memory() for y in ys]

    def loss_of(x, y):
        return F.cross_entropy(model(x), y)

    if way == "compile":
        loss_of = torch.compile(loss_of)
    elif way == "compile, graphs":
        loss_of = torch.compile(loss_of, mode="reduce-overhead")
    count = 0

    def step():
        nonlocal count
        x = xs[count % BATCHES].to(device, non_blocking=True)
        y = ys[count % BATCHES].to(device, non_blocking=True)
        count += 1
        loss = loss_of(x, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    return step


def wait(device):
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def measure(step, device, rounds, warm):
    for _ in range(warm):
        step()
    wait(device)

    def one(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        wait(device)
        return (time.perf_counter() - start) * 1e6 / steps

    steps = int(min(10_000, max(1, 5e4 / one(3))))
    return sorted(one(steps) for _ in range(rounds))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float, default=180, help="what has not begun by then is left out")
    args = parser.parse_args()
    say(note=f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, "
        + (torch.cuda.get_device_name(args.device) if args.device.startswith("cuda") else "on the CPU"))
    failed = 0
    ways = ["eager", "compile", "compile, graphs"] if hasattr(torch, "compile") else ["eager"]
    if len(ways) == 1:
        say(note=f"PyTorch {torch.__version__} has no torch.compile")
    plan = [(way, p) for way, p in [("eager", "HIGHEST"), ("eager", "TF32"), ("compile", "HIGHEST"), ("compile", "TF32"),
                                    ("compile, graphs", "HIGHEST"), ("compile, graphs", "TF32")] if way in ways]
    for way, p in plan:
        for name, build, shape, batch, adam in cases(args.quick):
            if time.monotonic() - START > args.seconds:
                say(note=f"{name}, {way}, {p}: left out, no time left")
                continue
            try:
                precision(p)
                if way != "eager":
                    torch._dynamo.reset()
                begun = time.monotonic()
                times = measure(step_of(build, shape, batch, adam, args.device, way), args.device, 3 if args.quick else 15,
                                3 if args.quick else 20)
                say(case=name, precision=p, way="torch " + way, **{"µs": statistics.median(times), "lowest": times[0],
                                                                  "highest": times[-1], "seconds in all": time.monotonic() - begun})
            except Exception as e:  # the next one may run
                failed += 1
                say(note=f"{name}, {way}, {p} failed: {type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}")
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
