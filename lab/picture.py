"""Run time by night, from the CSV of loop.py, as a picture.

    python lab/picture.py RESULTS PICTURE

One field for each pipeline: as its team left it, and under our settings of the
night before; a ring where a setting changed, a cross where a run failed.
"""

import csv
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

matplotlib.rcParams["svg.hashsalt"] = "closed-loop"  # same rows, same bytes
matplotlib.rcParams["font.family"] = "sans-serif"
ARMS = {"theirs": ("#888888", "as it was"), "ours": ("#0b6e99", "under our settings")}


def nights(rows, pipeline, arm):
    """(night, row) of one line. Until a setting changes both are one run."""
    mine = {int(r["night"]): r for r in rows if r["pipeline"] == pipeline and r["arm"] == arm}
    if arm == "theirs":
        mine = {int(r["night"]): r for r in rows if r["pipeline"] == pipeline and r["arm"] == "ours"} | mine
    return sorted(mine.items())


def draw(axes, rows, pipeline):
    last = None
    for arm, (color, label) in ARMS.items():
        line = nights(rows, pipeline, arm)
        ended = [(n, float(r["seconds"])) for n, r in line if r["outcome"] == "succeeded"]
        failed = [n for n, r in line if r["outcome"] != "succeeded"]
        axes.plot([n for n, _ in ended], [s for _, s in ended], color=color, label=label, marker=".", linewidth=1.5)
        if failed:
            axes.plot(failed, [0] * len(failed), "x", color=color, clip_on=False)
    for n, r in nights(rows, pipeline, "ours"):
        if last is not None and r["settings"] != last and r["outcome"] == "succeeded":
            axes.plot(n, float(r["seconds"]), "o", color=ARMS["ours"][0], markerfacecolor="none", markersize=9)
        last = r["settings"]
    axes.set_title(pipeline, fontsize=10, loc="left")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(integer=True))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def main(results, picture):
    with open(results, newline="") as file:
        rows = list(csv.DictReader(file))
    pipelines = sorted({r["pipeline"] for r in rows}, key=str.lower)
    across = min(len(pipelines), 3)
    down = -(-len(pipelines) // across)
    figure, fields = plt.subplots(down, across, figsize=(3.4 * across, 2.5 * down + 0.4), squeeze=False, layout="constrained")
    for axes, pipeline in zip(fields.flat, pipelines):  # noqa: B905, the rest stays empty
        draw(axes, rows, pipeline)
    for axes in fields.flat[len(pipelines) :]:
        axes.axis("off")
    for axes in fields[:, 0]:
        axes.set_ylabel("seconds")
    for axes in fields[-1]:
        axes.set_xlabel("night")
    figure.legend(*fields[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    figure.savefig(picture, metadata={"Date": None})


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
