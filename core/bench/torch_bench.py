"""Measures PyTorch on the CPU on the networks of EngineBench.java, for `compare`.

    torch_bench.py NETWORK RANK SIZE BATCH predict|train FORM

Reads seconds line by line and measures once for each line. Training: frozen weights have no gradients, neither has what lies below
the first factor. Predicting: what is shipped, with the factors multiplied into V, and a convolution merged again where both halves
are more work, as Espalier folds. FORM is plain, last (channels-last layout), compiled (torch.compile) or traced (torch.jit.trace,
frozen and optimised for inference); `compare` takes the fastest.
"""
import resource, statistics, sys, time
import torch
import torch.nn as nn
import torch.nn.functional as F

name, rank, size, batch, what, form = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6]
LEAST = 3
torch.manual_seed(1)
CLASSES = 10


class Decomposed(nn.Module):
    """z = U x frozen, y = V (v s z) + b, only v trains."""

    def __init__(self, cin, cout, k, stride, share, act):
        super().__init__()
        n = cin * k * k
        r = max(1, round(min(cout, n) * share))
        self.basis = nn.Conv2d(cin, r, k, stride, k // 2, bias=False).requires_grad_(False)
        self.v = nn.Parameter(torch.ones(r))
        self.register_buffer("s", torch.ones(r))
        self.register_buffer("V", torch.randn(r, cout) * (2 / r) ** 0.5)
        self.register_buffer("b", torch.zeros(cout))
        self.act = act

    def forward(self, x):
        weight = (self.V * (self.v * self.s)[:, None]).t()[:, :, None, None]
        return self.act(F.conv2d(self.basis(x), weight, self.b))


def identity(x):
    return x


def conv(cin, cout, k=3, stride=1, act=F.relu, groups=1):
    n = cin * k * k
    r = max(1, round(min(cout, n) * rank))
    plain = nn.Conv2d(cin, cout, k, stride, k // 2, groups=groups).requires_grad_(False)
    if rank == 0 or groups > 1 or what == "predict" and r * (n + cout) >= n * cout:
        return nn.Sequential(plain, Act(act))
    if what == "predict":
        return nn.Sequential(nn.Conv2d(cin, r, k, stride, k // 2, bias=False), nn.Conv2d(r, cout, 1), Act(act))
    return Decomposed(cin, cout, k, stride, rank, act)


class Act(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.act = act

    def forward(self, x):
        return self.act(x)


class Residual(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.a, self.b = conv(cin, cout, 3, stride), conv(cout, cout, 3, 1, identity)
        self.p = conv(cin, cout, 1, stride, identity) if stride == 2 else nn.Identity()

    def forward(self, x):
        return F.relu(self.b(self.a(x)) + self.p(x))


class Dense(nn.Module):
    def __init__(self, cin):
        super().__init__()
        self.c = conv(cin, 12, 3, 1, identity)

    def forward(self, x):
        return torch.cat([x, self.c(F.relu(x))], 1)


class Inverted(nn.Module):
    def __init__(self, cin, cout, expand, stride):
        super().__init__()
        wide = cin * expand
        body = [conv(cin, wide, 1, 1, F.relu6)] if expand > 1 else []
        self.body = nn.Sequential(*body, conv(wide, wide, 3, stride, F.relu6, groups=wide), conv(wide, cout, 1, 1, identity))
        self.same = stride == 1 and cin == cout

    def forward(self, x):
        return x + self.body(x) if self.same else self.body(x)


def features():
    if name == "vgg16":
        layers, c = [], 3
        for block in ((64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3):
            for w in block:
                layers.append(conv(c, w))
                c = w
            layers.append(nn.MaxPool2d(2))
        return layers, c
    if name == "resnet56":
        layers, c = [conv(3, 16)], 16
        for w in (16, 32, 64):
            for i in range(9):
                layers.append(Residual(c, w, 2 if w > 16 and i == 0 else 1))
                c = w
        return layers, c
    if name == "densenet40":
        layers, c = [conv(3, 16, 3, 1, identity)], 16
        for block in range(3):
            for _ in range(12):
                layers.append(Dense(c))
                c += 12
            if block < 2:
                layers += [conv(c, c, 1, 1, identity), nn.AvgPool2d(2)]
        return layers + [Act(F.relu)], c
    layers, c = [conv(3, 32, 3, 1, F.relu6)], 32
    for e, w, n, s in ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(n):
            layers.append(Inverted(c, w, e, s if i == 0 else 1))
            c = w
    return layers + [conv(c, 1280, 1, 1, F.relu6)], 1280


layers, width = features()
model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, CLASSES))
images = torch.rand(batch, 3, size, size)
labels = torch.arange(batch) % CLASSES
if form == "last":
    model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
if form == "compiled":
    model = torch.compile(model)
parameters = [p for p in model.parameters() if p.requires_grad]


def train():
    for p in parameters:
        p.grad = None
    F.cross_entropy(model(images), labels).backward()
    with torch.no_grad():
        for p in parameters:
            p -= 1e-3 * p.grad


def predict():
    with torch.inference_mode():
        model(images).softmax(1)


def measure(seconds):
    begin = time.perf_counter()
    step()
    for _ in range(20):
        if time.perf_counter() - begin > seconds * 0.3:
            break
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < LEAST:
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"RESULT {statistics.median(times):.3f} {len(times)} {peak} 0", flush=True)


step = train if what == "train" else predict
model.train(what == "train")
if form == "traced":
    with torch.inference_mode():
        model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, images)))
step()
print("READY", flush=True)
for line in sys.stdin:
    measure(float(line))
