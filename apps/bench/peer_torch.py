#!/usr/bin/env python3
"""Times the training steps of `varve bench train` in PyTorch: eager, torch.compile, CUDA graph.

    peer_torch.py [--device cuda|cpu] [--steps 200] [--times 8] [--products]

One JSON object a line: network, variant, batch, median step_ms, samples_per_second. The networks are
those of `varve bench train`: the 784-400-20 MLP VAE at batch 128 and the 64 x 64 convolutional VAE of
Burgess et al. 2018 at batch 64, each `--times` as large, in f32 without TF32, Adam at 1e-3, data on
the device. With --products instead the matrix products of `varve bench device`, in a CUDA graph.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class MlpVae(nn.Module):
    batch, shape = 128, (784,)

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x):
        mu, logvar = self.encoder(x).chunk(2, 1)
        return self.decoder(mu + torch.exp(logvar / 2) * torch.randn_like(mu)), mu, logvar


class BurgessVae(nn.Module):
    batch, shape = 64, (1, 64, 64)

    def __init__(self):
        super().__init__()
        down = lambda i: [nn.Conv2d(i, 32, 4, 2, 1), nn.ReLU()]
        up = lambda o: [nn.ConvTranspose2d(32, o, 4, 2, 1), nn.ReLU()]
        full = lambda i, o: [nn.Linear(i, o), nn.ReLU()]
        self.encoder = nn.Sequential(
            *down(1), *down(32), *down(32), *down(32), nn.Flatten(),
            *full(512, 256), *full(256, 256), nn.Linear(256, 20))
        self.decoder = nn.Sequential(
            *full(10, 256), *full(256, 256), *full(256, 512), nn.Unflatten(1, (32, 4, 4)),
            *up(32), *up(32), *up(32), *up(1)[:1])

    forward = MlpVae.forward


def loss_of(model, x):
    logits, mu, logvar = model(x)
    bce = F.binary_cross_entropy_with_logits(logits, x, reduction="sum")
    kl = 0.5 * torch.sum(mu * mu + logvar.exp() - 1 - logvar)
    return (bce + kl) / x.shape[0]


def make_step(variant, device, network):
    """A function of no arguments that trains one step on its own data."""
    torch.manual_seed(0)
    model = network().to(device)
    x = torch.rand((network.batch, *network.shape), device=device)
    graphed = variant == "cuda-graph"
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True, capturable=graphed)
    loss_fn = torch.compile(loss_of) if variant == "compile" else loss_of

    def step():
        optimizer.zero_grad(set_to_none=not graphed)
        loss = loss_fn(model, x)
        loss.backward()
        optimizer.step()
        return loss

    if not graphed:
        return step
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def median_step(step, device, steps):
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    times = []
    for i in range(20 + steps):
        start = time.perf_counter()
        step()
        wait()
        if i >= 20:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def products():
    """Mean time of a product among 16 that a CUDA graph repeats."""
    shapes = [(n, n, n) for n in (256, 512, 1024, 2048, 4096)]
    for batch in (128, 1024, 8192):
        shapes += [(batch, 400, 784), (batch, 784, 400), (784, 400, batch)]
    for m, n, k in shapes:
        a, b = torch.rand((m, k), device="cuda"), torch.rand((k, n), device="cuda")
        for _ in range(3):
            a @ b
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            for _ in range(16):
                a @ b
        seconds = median_step(graph.replay, "cuda", 20) / 16
        print(json.dumps({"m": m, "n": n, "k": k, "us": round(seconds * 1e6, 1),
                          "tflops": round(2 * m * n * k / seconds / 1e12, 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--times", type=int, default=1, help="how many times as large a batch")
    parser.add_argument("--products", action="store_true")
    args = parser.parse_args()
    if args.products:
        return products()
    variants = ["eager", "compile"] + (["cuda-graph"] if args.device == "cuda" else [])
    for name, network in (("mlp", MlpVae), ("conv", BurgessVae)):
        network.batch *= args.times
        for variant in variants:
            seconds = median_step(make_step(variant, args.device, network), args.device, args.steps)
            print(json.dumps({
                "network": name, "variant": variant, "batch": network.batch,
                "torch": torch.__version__, "device": args.device,
                "step_ms": round(seconds * 1e3, 4),
                "samples_per_second": round(network.batch / seconds, 1)}), flush=True)


if __name__ == "__main__":
    main()
