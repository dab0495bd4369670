"""Makes the text of RESULTS.md of what `compare` measured."""
import os
import platform
import statistics
import subprocess

FORMS = {"plain": "as written", "last": "channels-last", "compiled": "torch.compile", "traced": "traced"}
LIMIT = 0.8
WIDTH = 16
PIPELINE = "## The whole pipeline"
NETWORKS = ["vgg16", "resnet56", "densenet40", "mobilenetv2"]


def processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def aim(case):
    """How many times as fast as PyTorch a case is to be."""
    _, rank, _, _, what = case
    return 1.5 if 0 < float(rank) <= (0.5 if what == "train" else 0.25) else 1.2


def ratios(samples, forms):
    """Milliseconds of the fastest of PyTorch's forms by ours, pair by pair."""
    own = samples["onednn"]
    return [min(samples[form][i]["ms"] for form in forms) / own[i]["ms"] for i in range(len(own))]


def median(samples, key):
    return statistics.median(sample[key] for sample in samples)


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def earlier(results):
    """Rows of a RESULTS.md that is there: of networks by their case, the machine's best by channels, size and batch, and its last part."""
    rows, best = {}, {}
    content, _, pipeline = (results.read_text() if results.exists() else "").partition(PIPELINE)
    for line in content.splitlines():
        columns = cells(line)
        if line.startswith("|") and len(columns) == WIDTH and columns[0] != "network" and not columns[0].startswith("-"):
            rows[tuple(columns[:5])] = line
        elif line.startswith("|") and len(columns) == 4 and columns[0].isdigit():
            best[tuple(columns[:3])] = float(columns[3].rstrip("†"))
    return rows, best, pipeline


def marked(line):
    columns = cells(line)
    columns[5] = columns[5].rstrip("†") + "†"
    return f"| {' | '.join(columns)} |"


def bests(done, before):
    """GFLOP/s of the machine's best convolutions, by channels, size and batch."""
    measured = {(r["case"][0].removeprefix("row"), r["case"][2], r["case"][3]): throughput(r["samples"]["onednn"])
                for r in done if r["case"][0].startswith("row")}
    return {**before, **measured}


def peak(best, size, batch):
    """GFLOP/s of the largest convolution of VGG16 alone, the faster of its shapes; None if it was not measured."""
    return max((speed for (_, of, images), speed in best.items() if images == batch and int(of) in (size, size // 4)), default=None)


def throughput(samples):
    return statistics.median(sample["flop"] / sample["ms"] for sample in samples) / 1e6


def row(result, best):
    case = result["case"]
    samples = result["samples"]
    own = samples["onednn"]
    times = {form: median(s, "ms") for form, s in samples.items() if form not in ("onednn", "traced")}
    if not times:
        reasons = "; ".join(f"{FORMS[form]}: {reason}" for form, reason in result["failed"].items())
        return f"| {' | '.join(case)} | {median(own, 'ms'):.2f} | failed ({reasons}) | | | | | | | | | |"
    form = min(times, key=times.get)
    pairs = ratios(samples, times)
    ratio = statistics.median(pairs)
    traced = f"{statistics.median(ratios(samples, ['traced'])):.2f}" if "traced" in samples else ""
    fastest = peak(best, int(case[2]), case[3])
    share = throughput(own) / fastest if fastest else None
    memory = median(own, "mb")
    theirs = min(median(s, "mb") for name, s in samples.items() if name != "onednn")
    met = "yes" if ratio >= aim(case) else "the limit" if share and share >= LIMIT else f"no, {ratio / aim(case):.2f} of it"
    cold = "" if "warmUp" in result else "°"
    return (f"| {' | '.join(case)} | {median(own, 'ms'):.2f}{cold} | {times[form]:.2f} ({FORMS[form]}) | {ratio:.2f} | {min(pairs):.2f} - {max(pairs):.2f} "
            f"| {aim(case)} | {met} | {traced} | {'' if share is None else f'{100 * share:.0f} %'} | {memory:.0f} | {theirs:.0f} | {memory / theirs:.2f} |")


def place(case):
    """Where a case stands in the table, in whatever order the cases were measured."""
    network, rank, size, batch, what = case
    return int(size), int(batch), what, NETWORKS.index(network) if network in NETWORKS else len(NETWORKS), network, -float(rank)


def text(done, before, seconds, python, java):
    """
    done: what was measured; before: rows of an earlier comparison, as `earlier` gives them, which stay where nothing is newer
    """
    cases = [result for result in done if len(result["case"]) == 5 and not result["case"][0].startswith("row")]
    best = bests(done, before[1])
    rows = {**{case: marked(line) for case, line in before[0].items()}, **{tuple(result["case"]): row(result, best) for result in cases}}
    pipeline = [result for result in done if result["case"] == ["pipeline"]]
    torch = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True).stdout.strip()
    version = subprocess.run([java, "-version"], capture_output=True, text=True).stderr.splitlines()[1]
    times = sorted({len(result["samples"]["onednn"]) for result in cases})
    often = f", {' to '.join(map(str, times))} times {seconds:g} s each" if times else ""
    loads = [result["load"] for result in done]
    lines = [
        "# Engine onednn and PyTorch",
        "",
        f"Written by `core/bench/compare`: {processor()}, {os.cpu_count()} cores, {os.environ['OMP_NUM_THREADS']} threads; PyTorch {torch}; {version}. "
        f"Load average (a minute) at the ends of the cases: {min(loads, default=0):.1f} to {max(loads, default=0):.1f}.",
        "",
        f"Both sides measure in turn{often}. Times are medians over the processes of the median of a round; the "
        "ratio is PyTorch's time (the fastest of its ordinary forms in each pair: as written, channels-last, torch.compile) by ours, its "
        "median and range over the pairs. Traced is the same ratio to what torch.jit.trace, freeze and optimize_for_inference make of the "
        "network, which runs blocked layouts of oneDNN as ours does, but can only predict. Full is the share "
        "of the machine's best convolution throughput that ours reaches (table below); a row at 80 % of that has reached the limit. "
        "Ours had run for some seconds before it was measured, so that Java had compiled it; where there is a ° it had not. "
        "Rows with a † are of an earlier comparison on such a machine, with an earlier build. "
        "Memory is the peak of a process, for PyTorch the smallest of its forms. Training is forward, backward and an update of factors and head; "
        "predicting is the folded network on both sides.",
        "",
        "| network | rank | size | batch | what | ours, ms | PyTorch, ms | ratio | range | aim | met | traced | full | memory, MB: ours | PyTorch | ratio |",
        "|---|--:|--:|--:|---|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|",
    ]
    lines += [rows[case] for case in sorted(rows, key=place)]
    if best:
        lines += ["", "The machine's best: eight convolutions 3x3 in a row, the largest of VGG16, on the engine onednn.", "",
                  "| channels | size | batch | GFLOP/s |", "|--:|--:|--:|--:|"]
        lines += [f"| {' | '.join(shape)} | {speed:.0f} |" for shape, speed in sorted(best.items(), key=lambda one: [int(n) for n in reversed(one[0])])]
    for result in pipeline:
        own, other = result["samples"]["onednn"], result["samples"]["plain"]
        pairs = [b["s"] / a["s"] for a, b in zip(own, other)]
        lines += ["", PIPELINE, "",
                  "VGG16 (HED weights) moved to MNIST from the model's file to the exported network, `espalier run basis-scaling` against "
                  "`torch_pipeline.py`: same images in number, epochs and rounds; a process from its start to its end.", "",
                  "| | seconds, median | rounds | parameters removed | test accuracy, mean | memory, MB |", "|---|--:|--:|--:|--:|--:|"]
        for name, side in (("Espalier", own), ("PyTorch", other)):
            lines.append(f"| {name} | {median(side, 's'):.1f} | {median(side, 'rounds'):g} | {100 * median(side, 'reduction'):.1f} % "
                         f"| {100 * statistics.mean(s['accuracy'] for s in side):.1f} % | {median(side, 'mb'):.0f} |")
        lines += ["", f"Ratio {statistics.median(pairs):.2f} ({min(pairs):.2f} - {max(pairs):.2f} over {len(pairs)} pairs, a seed each); aim 1.5. "
                  f"Memory {median(own, 'mb') / median(other, 'mb'):.2f} of PyTorch's; aim 0.7."]
    if before[2] and not pipeline:
        lines += ["", PIPELINE + before[2].rstrip("\n")]
    return "\n".join(lines) + "\n"
