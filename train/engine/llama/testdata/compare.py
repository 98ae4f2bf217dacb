"""Computes loss and gradients again with PyTorch and says how far they are apart.

    go test ./train/engine/llama -run TestTorch -torch /tmp/x && python3 train/engine/llama/testdata/compare.py /tmp/x

It needs torch alone. Attention is over the whole batch with a block mask, so that samples which share
a batch here are held against a mask there.
"""
import json, pathlib, struct, sys
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def read(path):
    data = path.read_bytes()
    n, = struct.unpack("<Q", data[:8])
    head = json.loads(data[8:8 + n])
    head.pop("__metadata__", None)
    return {k: torch.frombuffer(bytearray(data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]), dtype=torch.float32).double().reshape(v["shape"])
            for k, v in head.items()}


def norm(x, w, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * w.flatten()


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), -1) * sin


def loss(c, w, meta):
    tokens, n = torch.tensor(meta["tokens"]), len(meta["tokens"])
    place, sample, start = [], [], 0
    for i, end in enumerate(meta["ends"]):
        place += range(end - start)
        sample += [i] * (end - start)
        start = end
    angle = torch.outer(torch.tensor(place).double(), torch.tensor(meta["frequencies"]))
    cos, sin = torch.cat((angle.cos(), angle.cos()), -1), torch.cat((angle.sin(), angle.sin()), -1)
    s = torch.tensor(sample)
    mask = (s[:, None] == s[None]) & torch.ones(n, n).tril().bool()

    def linear(x, name):
        y = x @ w[name + ".weight"].T + meta["scale"] * (x @ w[name + ".lora_A.weight"].T) @ w[name + ".lora_B.weight"].T
        return y + w[name + ".bias"].flatten() if name + ".bias" in w else y

    x, d = w["model.embed_tokens.weight"][tokens], c["HeadDim"]
    for l in range(c["Layers"]):
        at = f"model.layers.{l}."
        h = norm(x, w[at + "input_layernorm.weight"], c["Eps"])
        q, k, v = (linear(h, at + f"self_attn.{m}_proj").reshape(n, -1, d).transpose(0, 1) for m in "qkv")
        if c["QKNorm"]:
            q, k = norm(q, w[at + "self_attn.q_norm.weight"], c["Eps"]), norm(k, w[at + "self_attn.k_norm.weight"], c["Eps"])
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        k, v = (y.repeat_interleave(c["Heads"] // c["KVHeads"], 0) for y in (k, v))
        o = F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=mask[None, None])[0]
        x = x + linear(o.transpose(0, 1).reshape(n, -1), at + "self_attn.o_proj")
        h = norm(x, w[at + "post_attention_layernorm.weight"], c["Eps"])
        x = x + linear(F.silu(linear(h, at + "mlp.gate_proj")) * linear(h, at + "mlp.up_proj"), at + "mlp.down_proj")
    head = w["model.embed_tokens.weight"] if c["Tied"] else w["lm_head.weight"]
    logits = norm(x, w["model.norm.weight"], c["Eps"]) @ head.T
    rows = [i for i in range(n - 1) if sample[i] == sample[i + 1]]
    return F.cross_entropy(logits[rows], tokens[[i + 1 for i in rows]])


for file in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    meta, all = json.loads(file.read_text()), read(file.with_suffix(".safetensors"))
    w = {k: v.requires_grad_() for k, v in all.items() if not k.startswith("grad ")}
    y = loss(meta["config"], w, meta)
    y.backward()
    worst = max(((v.grad - all["grad " + k]).norm() / v.grad.norm()).item() for k, v in w.items())
    print(f"{file.stem:8} loss {y.item():.6f}, apart by {abs(y.item() - meta['loss']):.1e}; gradients of {len(w)} parameters apart by at most {worst:.1e} of their length")
