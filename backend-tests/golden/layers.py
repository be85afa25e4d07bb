"""Makes the golden numbers of the layers and models with PyTorch (made with 1.13, Debian's python3-torch).

    python3 layers.py ../src/main/resources/dev/athanor/conformance/training

writes layers.safetensors. Everything is computed in float64: one training pass of each module (state before, output, gradients of
sum(y * r), state after), and its output in evaluation.
"""
import json, struct, sys
import torch
from torch import nn
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(31)
golden = {}


def save(path, tensors):
    names = {torch.float64: "F64", torch.int64: "I64"}
    header, data = {}, b""
    for name in sorted(tensors, key=lambda n: (names[tensors[n].dtype], n)):
        t = tensors[name].detach().contiguous()
        raw = t.numpy().tobytes()
        header[name] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def layer(name, module, *shape, x=None):
    module = module.double()
    for b in module.buffers():
        if b.dtype == torch.float64:
            b.copy_(torch.rand_like(b) + 0.5)
    x = torch.randn(*shape) if x is None else x
    floating = x.dtype == torch.float64
    x.requires_grad_(floating)
    put = lambda key, value: golden.__setitem__(f"layer.{name}.{key}", value.detach().clone())
    put("x", x)
    for k, v in module.state_dict().items():
        put("state." + k, v)
    y = module(x)
    r = torch.randn_like(y)
    if y.requires_grad:
        (y * r).sum().backward()
    put("y", y)
    put("r", r)
    if floating:
        put("dx", x.grad)
    for k, p in module.named_parameters():
        put("grad." + k, p.grad)
    for k, b in module.named_buffers():
        put("after." + k, b)
    module.eval()
    put("eval", module(x))


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


layer("conv1d", nn.Conv1d(2, 3, 3, stride=2, padding=1), 2, 2, 7)
layer("conv1d_same", nn.Conv1d(2, 3, 4, padding="same"), 2, 2, 6)
layer("conv2d_same", nn.Conv2d(2, 2, (3, 2), padding="same", dilation=(1, 3)), 1, 2, 4, 5)
layer("conv2d_per_axis", nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2), 2, 2, 5, 4)
layer("conv3d", nn.Conv3d(2, 3, 2, stride=(1, 2, 1), padding=1), 1, 2, 3, 4, 3)
layer("conv3d_groups", nn.Conv3d(2, 4, (1, 2, 2), groups=2, bias=False), 2, 2, 2, 3, 2)
layer("conv_transpose1d", nn.ConvTranspose1d(3, 2, 3, stride=2, padding=1, output_padding=1), 2, 3, 4)
layer("conv_transpose2d", nn.ConvTranspose2d(4, 6, 3, stride=2, padding=1, groups=2), 2, 4, 3, 2)
layer("conv_transpose2d_per_axis", nn.ConvTranspose2d(2, 3, (2, 3), stride=(1, 2), dilation=(2, 1), bias=False), 1, 2, 3, 3)
layer("conv_transpose3d", nn.ConvTranspose3d(2, 2, 2, stride=2), 1, 2, 2, 2, 1)


class Separable(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv2d(3, 3, 3, padding=1, stride=2, groups=3)
        self.pointwise = nn.Conv2d(3, 5, 1)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


layer("separable", Separable(), 2, 3, 5, 4)
layer("max_pool1d", nn.MaxPool1d(3, stride=2, padding=1), 2, 2, 7)
layer("max_pool2d_per_axis", nn.MaxPool2d((2, 3), stride=(1, 2), padding=(0, 1), dilation=(2, 1)), 1, 2, 5, 6)
layer("max_pool3d", nn.MaxPool3d(2, padding=1), 1, 2, 3, 4, 2)
layer("avg_pool1d", nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False), 2, 2, 6)
layer("avg_pool3d", nn.AvgPool3d((1, 2, 2)), 1, 2, 2, 4, 3)
layer("adaptive_avg1d", nn.AdaptiveAvgPool1d(3), 2, 2, 7)
layer("adaptive_avg2d", nn.AdaptiveAvgPool2d((3, 2)), 2, 2, 5, 4)
layer("adaptive_avg3d", nn.AdaptiveAvgPool3d((2, 1, 3)), 1, 2, 3, 2, 4)
layer("adaptive_max1d", nn.AdaptiveMaxPool1d(4), 2, 2, 6)
layer("adaptive_max2d", nn.AdaptiveMaxPool2d((3, 4)), 1, 2, 5, 7)
layer("adaptive_larger", nn.AdaptiveAvgPool1d(5), 1, 2, 3)
layer("global_avg", Function(lambda x: x.mean((2, 3))), 2, 3, 2, 4)
layer("global_max", Function(lambda x: x.amax((2, 3))), 2, 3, 2, 4)
layer("nearest_twice", nn.Upsample(scale_factor=2), 2, 2, 2, 3)
layer("nearest_to", nn.Upsample(size=(5, 7)), 1, 2, 3, 4)
layer("nearest_smaller", nn.Upsample(size=4), 1, 2, 7)
layer("bilinear_twice", nn.Upsample(scale_factor=2, mode="bilinear"), 1, 2, 2, 3)
layer("bilinear_to", nn.Upsample(size=(5, 2), mode="bilinear"), 1, 2, 3, 4)
layer("bilinear_corners", nn.Upsample(size=(5, 7), mode="bilinear", align_corners=True), 1, 2, 3, 4)
layer("linear_one", nn.Upsample(size=1, mode="linear", align_corners=True), 1, 2, 4)
layer("trilinear", nn.Upsample(size=(3, 2, 4), mode="trilinear"), 1, 1, 2, 3, 2)
layer("pad_zero", nn.ZeroPad2d((1, 2, 0, 3)), 1, 2, 2, 3)
layer("pad_constant", nn.ConstantPad1d(2, -1.5), 2, 2, 3)
layer("pad_reflect", nn.ReflectionPad2d((1, 3, 2, 0)), 1, 2, 3, 4)
layer("pad_reflect1d", nn.ReflectionPad1d(2), 2, 1, 3)
layer("pad_replicate", nn.ReplicationPad2d((0, 2, 3, 1)), 1, 2, 2, 2)
layer("pad_replicate3d", nn.ReplicationPad3d(1), 1, 1, 2, 1, 2)
layer("pad_circular", Function(lambda x: F.pad(x, (1, 2, 2, 0), mode="circular")), 1, 2, 2, 3)
layer("embedding", nn.Embedding(7, 3), x=torch.tensor([[1, 4, 4], [6, 0, 2]]))
layer("embedding_padding", nn.Embedding(5, 2, padding_idx=3), x=torch.tensor([3, 1, 3, 1, 4]))


class Bilinear(nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.product = nn.Bilinear(2, 3, 4, bias=bias)

    def forward(self, x):
        return self.product(x[..., :2], x[..., 2:])


layer("bilinear", Bilinear(True), 4, 5)
layer("bilinear_rank3", Bilinear(False), 2, 3, 5)
layer("batch_norm_rank3", nn.BatchNorm1d(3), 4, 3, 5)
layer("batch_norm_3d", nn.BatchNorm3d(2), 2, 2, 2, 1, 3)
layer("group_norm", nn.GroupNorm(2, 4, eps=1e-3), 3, 4, 2, 3)
layer("group_norm_rank2", nn.GroupNorm(2, 6), 3, 6)
layer("group_norm_not_affine", nn.GroupNorm(3, 3, affine=False), 2, 3, 4)
layer("instance_norm_1d", nn.InstanceNorm1d(3), 2, 3, 5)
layer("instance_norm_2d", nn.InstanceNorm2d(2, affine=True, eps=1e-3), 2, 2, 3, 2)
layer("instance_norm_3d", nn.InstanceNorm3d(2), 1, 2, 2, 2, 2)
layer("rms_norm", Function(lambda x: x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt()), 3, 5)
layer("identity", nn.Identity(), 2, 3)
layer("reshape", nn.Unflatten(1, (2, 3)), 4, 6)


class Branches(nn.ModuleList):
    def __init__(self, join, *branches):
        super().__init__(branches)
        self.join = join

    def forward(self, x):
        return self.join([b(x) for b in self])


layer("concat", Branches(lambda ys: torch.cat(ys, 1), nn.Conv2d(2, 1, 1), nn.Conv2d(2, 3, 3, padding=1), nn.Identity()), 2, 2, 3, 3)
layer("sum", Branches(sum, nn.Linear(3, 2), nn.Linear(3, 2, bias=False)), 4, 3)


class Graph(nn.Module):
    """Fields, a list of layers, and an output that is used twice."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(3, 4)
        self.gates = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        h = self.wide(x).tanh()
        for gate in self.gates:
            h = h * gate(h).sigmoid() + h
        return self.out(h)


layer("graph", Graph(), 5, 3)


class Block(nn.Module):
    """A residual block as in He et al.; pre-activation as in their second paper; shortcuts B or, padded, A."""

    def __init__(self, cin, width, stride, bottleneck, pre, padded):
        super().__init__()
        cout = width * (4 if bottleneck else 1)
        sizes = [(cin, width, 1, 1), (width, width, 3, stride), (width, cout, 1, 1)] if bottleneck else \
            [(cin, width, 3, stride), (width, cout, 3, 1)]
        for i, (a, b, k, s) in enumerate(sizes, 1):
            setattr(self, f"conv{i}", nn.Conv2d(a, b, k, s, k // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(a if pre else b))
        self.n, self.pre, self.stride, self.more, self.padded = len(sizes), pre, stride, cout - cin, False
        if cin != cout or stride != 1:
            if padded:
                self.padded = True
            else:
                conv = nn.Conv2d(cin, cout, 1, stride, bias=False)
                self.downsample = conv if pre else nn.Sequential(conv, nn.BatchNorm2d(cout))

    def forward(self, x):
        shortcut = F.relu(self.bn1(x)) if self.pre else x
        if self.padded:
            short = F.pad(shortcut[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more // 2, self.more - self.more // 2))
        else:
            short = self.downsample(shortcut) if hasattr(self, "downsample") else x
        y = x
        for i in range(1, self.n + 1):
            conv, bn = getattr(self, f"conv{i}"), getattr(self, f"bn{i}")
            if self.pre:
                y = conv(shortcut if i == 1 else F.relu(bn(y)))
            else:
                y = bn(conv(y))
                y = F.relu(y) if i < self.n else y
        return y + short if self.pre else F.relu(y + short)


class ResNet(nn.Module):
    def __init__(self, width, blocks, large=False, bottleneck=False, pre=False, padded=False):
        super().__init__()
        self.large, self.pre = large, pre
        self.conv1 = nn.Conv2d(2, width, 7 if large else 3, 2 if large else 1, 3 if large else 1, bias=False)
        if not pre:
            self.bn1 = nn.BatchNorm2d(width)
        c, self.stages = width, len(blocks)
        for s, n in enumerate(blocks):
            stage = []
            for b in range(n):
                stage.append(Block(c, width << s, 2 if s and not b else 1, bottleneck, pre, padded))
                c = (width << s) * (4 if bottleneck else 1)
            setattr(self, f"layer{s + 1}", nn.Sequential(*stage))
        if pre:
            self.bn = nn.BatchNorm2d(c)
        self.fc = nn.Linear(c, 3)

    def forward(self, x):
        y = self.conv1(x)
        y = y if self.pre else F.relu(self.bn1(y))
        y = F.max_pool2d(y, 3, 2, 1) if self.large else y
        for s in range(self.stages):
            y = getattr(self, f"layer{s + 1}")(y)
        y = F.relu(self.bn(y)) if self.pre else y
        return self.fc(y.mean((2, 3)))


layer("resnet_basic", ResNet(2, [1, 1], large=True), 2, 2, 16, 16)
layer("resnet_bottleneck", ResNet(2, [1, 1], bottleneck=True), 2, 2, 6, 6)
layer("resnet_padded", ResNet(2, [1, 2], padded=True), 2, 2, 6, 6)
layer("resnet_pre", ResNet(2, [1, 1], pre=True, padded=True), 2, 2, 6, 6)
layer("resnet_pre_bottleneck", ResNet(1, [2, 1], pre=True, bottleneck=True), 2, 2, 5, 6)

layer("nearest_thrice", nn.Upsample(scale_factor=(3, 2)), 1, 2, 2, 3)
layer("bilinear_thrice", nn.Upsample(scale_factor=(3, 4), mode="bilinear"), 1, 2, 3, 2)

save(sys.argv[1] + "/layers.safetensors", golden)
