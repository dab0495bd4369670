"""Makes the table of RESULTS.md of the lines that `compare` collects."""
import os, platform, statistics, sys

lines = [line.split() for line in open(sys.argv[1])]
cases = list(dict.fromkeys(tuple(line[:5]) for line in lines))


def processor():
    try:
        return next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def values(case, side, index):
    return {line[5]: float(line[index]) for line in lines if tuple(line[:5]) == case and line[6] == side and line[7] != "failed"}


print(f"# Engine onednn and PyTorch\n\n{processor()}, {os.environ['OMP_NUM_THREADS']} threads, {sys.argv[2]} pairs of processes of {sys.argv[3]} s each.")
print("Milliseconds are medians over the processes; the ratio is PyTorch's time (the fastest of its forms in each pair) by")
print("ours, its median and range over the pairs; memory is the peak of a process, the smallest of PyTorch's forms.\n")
print("| network | rank | size | batch | what | ours, ms | PyTorch, ms (form) | ratio | range | memory, MB: ours | PyTorch | ratio |")
print("|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|")
for case in cases:
    own = values(case, "onednn", 7)
    forms = {form: values(case, form, 7) for form in ("plain", "last", "compiled")}
    known = {form: v for form, v in forms.items() if v}
    if not own or not known:
        print("| " + " | ".join(case) + " | failed | | | | | | |")
        continue
    form = min(known, key=lambda f: statistics.median(known[f].values()))
    pairs = [min(v[pair] for v in known.values() if pair in v) / own[pair] for pair in own if any(pair in v for v in known.values())]
    memory = statistics.median(values(case, "onednn", 8).values())
    theirs = min(statistics.median(values(case, f, 8).values()) for f in known)
    print("| " + " | ".join(case) + f" | {statistics.median(own.values()):.1f} | {statistics.median(known[form].values()):.1f} ({form})"
          f" | {statistics.median(pairs):.2f} | {min(pairs):.2f}-{max(pairs):.2f} | {memory:.0f} | {theirs:.0f} | {memory / theirs:.2f} |")
