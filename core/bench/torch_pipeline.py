"""The method of the pipeline basis-scaling in PyTorch, from the model's file to the pruned network's, for `compare`.

    torch_pipeline.py MODEL.h5 FOLDER_OF_MNIST OUT.pt TRAIN VALIDATION TEST EPOCHS ROUND_EPOCHS FINAL_EPOCHS TARGET SEED

Each convolution of VGG16 is split by SVD, a factor for each basis vector is trained with a new head (Adam, cosine to zero in each
stage, batch 32), the vectors with the least sums of (factor x gradient)^2 for the square root of what they cost go until a quarter of
the parameters has, and so on until TARGET is reached; what is left trains once more, is merged and saved. Latencies are measured as
Espalier measures them. Frozen weights have no gradients. Prints one line of JSON.
"""
import gzip, json, resource, statistics, sys, time
import h5py
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

model_file, data, out = sys.argv[1:4]
train_size, validation_size, test_size, epochs, round_epochs, final_epochs = map(int, sys.argv[4:10])
target, seed = float(sys.argv[10]), int(sys.argv[11])
BATCH, FRACTION, RATE, HEAD_RATE, FINAL_RATE = 32, 0.25, 0.02, 0.003, 0.01
LATENCY_ROUNDS = 40
MEANS = torch.tensor([103.939, 116.779, 123.68])[None, :, None, None]
torch.manual_seed(seed)


def idx(name):
    with gzip.open(f"{data}/{name}.gz") as f:
        content = f.read()
    dims = [int.from_bytes(content[4 + 4 * i:8 + 4 * i], "big") for i in range(content[3])]
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def stratified(labels, sizes):
    """Indices of parts that hold the classes in equal shares, drawn at random."""
    generator = np.random.default_rng(seed)
    queues = [list(generator.permutation(np.flatnonzero(labels == c))) for c in range(10)]
    drawn = [queues[i % 10].pop() for i in range(sum(sizes))]
    return np.split(np.array(drawn), np.cumsum(sizes)[:-1])


def batch_of(images, index):
    """Bytes [n, 28, 28] to what VGG16 was trained with: padded to 32x32, BGR, means taken off."""
    x = F.pad(torch.from_numpy(images[index]).float()[:, None], (2, 2, 2, 2))
    return x.expand(-1, 3, -1, -1) - MEANS


class Decomposed(nn.Module):
    def __init__(self, kernel, bias):
        super().__init__()
        self.cout, self.cin = kernel.shape[:2]
        u, s, vt = torch.linalg.svd(kernel.reshape(self.cout, -1).t(), full_matrices=False)
        self.register_buffer("U", u.t().reshape(-1, self.cin, 3, 3).contiguous())
        self.register_buffer("sV", s[:, None] * vt)
        self.register_buffer("b", bias)
        self.v = nn.Parameter(torch.ones(len(s)))
        self.importance = torch.zeros(len(s))

    def forward(self, x):
        weight = (self.sV * self.v[:, None]).t()[:, :, None, None]
        return F.relu(F.conv2d(F.conv2d(x, self.U, padding=1), weight, self.b))

    def per_vector(self):
        return self.cin * 9 + self.cout

    def cost(self, rank):
        return min(rank * self.per_vector(), self.cin * 9 * self.cout) + self.cout

    def keep(self, index):
        self.U, self.sV = self.U[index].contiguous(), self.sV[index].contiguous()
        self.v = nn.Parameter(self.v.detach()[index])
        self.importance = torch.zeros(len(index))

    def merged(self):
        r, k = len(self.v), self.sV * self.v.detach()[:, None]
        if r * self.per_vector() >= self.cin * 9 * self.cout:
            whole = nn.Conv2d(self.cin, self.cout, 3, padding=1)
            kernel = (k.t() @ self.U.reshape(r, -1)).reshape(self.cout, self.cin, 3, 3)
            parts = [(whole, kernel)]
        else:
            parts = [(nn.Conv2d(self.cin, r, 3, padding=1, bias=False), self.U), (nn.Conv2d(r, self.cout, 1), k.t()[:, :, None, None])]
        with torch.no_grad():
            for layer, kernel in parts:
                layer.weight.copy_(kernel)
            parts[-1][0].bias.copy_(self.b)
        return [layer for layer, _ in parts] + [nn.ReLU()]


def load():
    layers = []
    with h5py.File(model_file) as f:
        for block, count in enumerate((2, 2, 3, 3, 3), 1):
            for conv in range(1, count + 1):
                group = f[f"block{block}_conv{conv}"]
                tensors = {}
                group.visititems(lambda name, item: tensors.update({item.ndim: item[()]}) if hasattr(item, "ndim") else None)
                layers.append(Decomposed(torch.from_numpy(tensors[4]).permute(3, 2, 0, 1).contiguous(), torch.from_numpy(tensors[1])))
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def train(epochs, rate):
    factors = [m.v for m in model if isinstance(m, Decomposed)]
    optimizer = torch.optim.Adam([{"params": factors, "lr": rate}, {"params": model[-1].parameters(), "lr": HEAD_RATE}])
    steps = epochs * -(-len(parts[0]) // BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(epochs):
        order = parts[0][torch.randperm(len(parts[0])).numpy()]
        for i in range(0, len(order), BATCH):
            index = order[i:i + BATCH]
            optimizer.zero_grad()
            F.cross_entropy(model(batch_of(images, index)), labels[index]).backward()
            for m in model:
                if isinstance(m, Decomposed):
                    m.importance += (m.v.detach() * m.v.grad) ** 2
            optimizer.step()
            schedule.step()
        accuracy(model, images, labels, parts[1])


@torch.inference_mode()
def accuracy(network, images, labels, index):
    right = 0
    for i in range(0, len(index), BATCH):
        part = index[i:i + BATCH]
        right += (network(batch_of(images, part)).argmax(1) == labels[part]).sum().item()
    return right / len(index)


def parameters():
    return sum(m.cost(len(m.v)) for m in model if isinstance(m, Decomposed)) + 5130


def threshold():
    goal = parameters() * (1 - FRACTION)
    layers = [m for m in model if isinstance(m, Decomposed)]
    scores = torch.cat([m.importance / m.per_vector() ** 0.5 for m in layers])
    owners = torch.cat([torch.full((len(m.v),), i) for i, m in enumerate(layers)])
    places = torch.cat([torch.arange(len(m.v)) for m in layers])
    gone = [set() for _ in layers]
    costs = [m.cost(len(m.v)) for m in layers]
    for j in torch.argsort(scores).tolist():
        if sum(costs) + 5130 <= goal:
            break
        owner = owners[j].item()
        if len(gone[owner]) + 1 < len(layers[owner].v):
            gone[owner].add(places[j].item())
            costs[owner] = layers[owner].cost(len(layers[owner].v) - len(gone[owner]))
    for m, lost in zip(layers, gone):
        m.keep([i for i in range(len(m.v)) if i not in lost])


def merged():
    layers = []
    for m in model:
        layers += m.merged() if isinstance(m, Decomposed) else [m]
    return nn.Sequential(*layers).eval()


@torch.inference_mode()
def latencies(networks):
    for size in (1, 32):
        x = torch.zeros(size, 3, 32, 32)
        for _ in range(3 + LATENCY_ROUNDS):
            for network in networks:
                network(x)


images, labels = idx("train-images-idx3-ubyte"), idx("train-labels-idx1-ubyte")
test_images, test_labels = idx("t10k-images-idx3-ubyte"), torch.from_numpy(idx("t10k-labels-idx1-ubyte").astype(np.int64))
parts = stratified(labels, (train_size, validation_size))
labels = torch.from_numpy(labels.astype(np.int64))
model = load()
whole = 14_714_688 + 5130
loaded = merged()
train(epochs, RATE)
scaled = merged()
rounds = 0
while parameters() > (1 - target) * whole:
    threshold()
    train(round_epochs, RATE)
    rounds += 1
train(final_epochs, FINAL_RATE)
pruned = merged()
tests = np.arange(test_size)
result = {"scaled": accuracy(scaled, test_images, test_labels, tests), "pruned": accuracy(pruned, test_images, test_labels, tests)}
latencies([loaded, scaled, pruned])
torch.save(pruned, out)
print(json.dumps({**result, "rounds": rounds, "reduction": 1 - sum(p.numel() for p in pruned.parameters()) / whole,
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
