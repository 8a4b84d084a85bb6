# SPDX-License-Identifier: LGPL-2.1-or-later
"""The table of docs/ffmpeg.md that says what works by protocol and by filter: each of its cells is tried."""
import json
import pathlib
import re
import urllib.parse

from support import FFPROBE, MODEL, FilterTest, Simulator, frames, has, main, source

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/ffmpeg.md"
URL = f"airforce://generate?model={MODEL}&prompt=fox"
PROTOCOL, FILTER = ("-i", URL), ("-f", "lavfi", "-i", source())
NOWHERE = ("-f", "null", "-")


def pictures(lines):
    return [line.split(",")[-1].strip() for line in lines if line.startswith("0,")]


def succeeds(simulator, *arguments):
    return simulator.run(*arguments).returncode == 0


def copies(simulator, _, inputs):
    simulator.run("-y", *inputs, "-c", "copy", "out.mp4")
    return succeeds(simulator, "-xerror", "-i", "out.mp4", *NOWHERE) and pictures(frames(simulator, "-i", "out.mp4")) == pictures(
        frames(simulator, *PROTOCOL))


def seeks(simulator, clip, inputs):
    # What cannot seek is decoded from its start on, and says so.
    if "could not seek" in simulator.run("-ss", "0.5", *inputs, *NOWHERE).stderr:
        return False
    return pictures(frames(simulator, "-ss", "0.5", *inputs)) == pictures(frames(simulator, "-ss", "0.5", "-i", clip))


def loops(simulator, _, inputs):
    done = simulator.run("-stream_loop", "1", *inputs, "-f", "framecrc", "-")
    return done.returncode == 0 and len(pictures(done.stdout.splitlines())) == 50


def probe(simulator, inputs):
    return json.loads(simulator.play("-show_format", "-show_streams", "-of", "json", *inputs, program=FFPROBE))


def knows_duration(simulator, _, inputs):
    return float(probe(simulator, inputs)["format"].get("duration", 0)) > 0.9


def has_metadata(simulator, _, inputs):
    return {"prompt", "task_id"} <= set(probe(simulator, inputs)["format"].get("tags", {}))


def has_all_streams(simulator, _, inputs):
    return len(probe(simulator, inputs)["streams"]) == 2


def graph_of(inputs):
    return URL if inputs == PROTOCOL else source()


def is_in_a_graph(simulator, _, inputs):
    return succeeds(simulator, "-filter_complex", f"{graph_of(inputs)}[v]", "-map", "[v]", *NOWHERE)


def loops_in_a_graph(simulator, _, inputs):
    graph = URL if inputs == PROTOCOL else source(loop=0)
    return succeeds(simulator, "-filter_complex", f"{graph},trim=end=3[v]", "-map", "[v]", *NOWHERE)


def is_silent(simulator, _, inputs):
    if inputs == FILTER:
        inputs = ("-f", "lavfi", "-i", source(sound=1) + "[out0][out1]")
    return succeeds(simulator, *inputs, "-map", "0:a", *NOWHERE)


def buys_once(simulator, _, inputs):
    before = simulator.creates()
    probe(simulator, inputs)
    simulator.play(*inputs, *NOWHERE)
    return simulator.creates() == before + 1


def is_in_a_playlist(simulator, _, inputs):
    with open(f"{simulator.directory}/list.ffconcat", "w", encoding="utf-8") as file:
        file.write(f"ffconcat version 1.0\nfile '{inputs[-1]}'\n")
    return succeeds(simulator, "-f", "concat", "-safe", "0", "-i", "list.ffconcat", *NOWHERE)


def film(*models, **fields):
    """The inputs of a film with a shot a model, by protocol and by filter."""
    shots = "\n".join(json.dumps({"prompt": "fox", "model": model}) for model in models)
    query = "".join(f"&{name}={value}" for name, value in fields.items())
    options = "".join(f":{name}={value}" for name, value in fields.items())
    return (("-i", f"airforce://film?storyboard={urllib.parse.quote(shots)}{query}"),
            ("-f", "lavfi", "-i", f"airforcevideosrc=storyboard=shots.txt{options}"), shots)


def plays_film(simulator, inputs, *models, **fields):
    by_protocol, by_filter, shots = film(*models, **fields)
    with open(f"{simulator.directory}/shots.txt", "w", encoding="utf-8") as file:
        file.write(shots + "\n")
    return succeeds(simulator, "-xerror", *(by_protocol if inputs == PROTOCOL else by_filter), *NOWHERE)


def is_a_film(simulator, _, inputs):
    return plays_film(simulator, inputs, MODEL, MODEL)


def is_a_film_of_sizes(simulator, _, inputs):
    return plays_film(simulator, inputs, MODEL, "kling-1")


def is_a_film_of_rates(simulator, _, inputs):
    if inputs == PROTOCOL:
        return plays_film(simulator, inputs, MODEL, "ltx-mini")
    return plays_film(simulator, inputs, MODEL, "ltx-mini", sound="1[out0][out1]")


def is_a_film_that_continues(simulator, _, inputs):
    return plays_film(simulator, inputs, MODEL, MODEL, **{"continue": "true"})


# What a row says, and how that is tried: True for yes.
ROWS = {
    "stream copy (`-c copy`)": copies,
    "seek (`-ss` before `-i`)": seeks,
    "`-stream_loop`": loops,
    "duration in `ffprobe`": knows_duration,
    "prompt and task id as metadata": has_metadata,
    "all streams of the clip": has_all_streams,
    "in `-filter_complex` without `-i`": is_in_a_graph,
    "endless loop in the graph (`loop=0`)": loops_in_a_graph,
    "sound for a silent clip": is_silent,
    "film of several shots": is_a_film,
    "film of shots of different sizes": is_a_film_of_sizes,
    "film of shots of different sample rates": is_a_film_of_rates,
    "film of shots that continue one another": is_a_film_that_continues,
    "one purchase for a probe and a run": buys_once,
    "opened from a playlist": is_in_a_playlist,
}


class Table(FilterTest):
    def test_each_cell_is_true(self):
        rows = re.findall(r"^\| (.+?) \| (yes|no) \| (yes|no) \|$", PAGE.read_text(encoding="utf-8"), re.M)
        self.assertEqual(list(ROWS), [row[0] for row in rows])
        for what, *cells in rows:
            clip = self.clips["h264, no sound" if ROWS[what] is is_silent else "h264"]
            if ROWS[what] is is_a_film_that_continues and not has("encoder", "png"):
                continue
            for cell, inputs in zip(cells, (PROTOCOL, FILTER)):
                with self.subTest(what, inputs=inputs), Simulator(
                    f"--clip=kling-1={self.clips['h264, long']}", f"--clip=ltx-mini={self.clips['mono at 22050 Hz']}", clip=clip) as simulator:
                    self.assertEqual(cell == "yes", ROWS[what](simulator, clip, inputs))


if __name__ == "__main__":
    main()
