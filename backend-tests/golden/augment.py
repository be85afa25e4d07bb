"""Makes the golden numbers of affine images with PyTorch (made with 1.13, Debian's python3-torch).

    python3 augment.py ../src/main/resources/dev/athanor/conformance/training

writes augment.safetensors. Everything is computed in float64. A case is images x, matrices theta in pixels from the middle (PyTorch's are
in halves of the image's sides), y = grid_sample(x, affine_grid(theta)), and dx and dtheta, the gradients of sum(y * r) for weights r.
"""
import json, struct, sys
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(8)
golden = {}


def save(path):
    header, data = {}, b""
    for name in sorted(golden):
        t = golden[name].detach().contiguous()
        raw = t.numpy().tobytes()
        header[name] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def case(name, h, w, mode, padding):
    n, c = 3, 2
    x = torch.randn(n, c, h, w).requires_grad_()
    theta = torch.eye(2, 3) + 0.4 * torch.randn(n, 2, 3)
    theta[:, :, 2] *= 3  # pixels
    theta.requires_grad_()
    scale = torch.tensor([[1, h / w, 2 / w], [w / h, 1, 2 / h]])
    grid = F.affine_grid(theta * scale, [n, c, h, w], align_corners=False)
    y = F.grid_sample(x, grid, mode=mode, padding_mode=padding, align_corners=False)
    r = torch.randn_like(y)
    (y * r).sum().backward()
    for k, v in {"x": x, "theta": theta, "y": y, "r": r, "dx": x.grad, "dtheta": theta.grad}.items():
        golden[f"{name}.{k}"] = v


case("BILINEAR.ZERO", 5, 7, "bilinear", "zeros")
case("BILINEAR.EDGE", 6, 4, "bilinear", "border")
case("NEAREST.ZERO", 4, 5, "nearest", "zeros")
case("NEAREST.EDGE", 5, 5, "nearest", "border")
save(sys.argv[1] + "/augment.safetensors")
