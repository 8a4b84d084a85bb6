#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The file that film makes: its sound, its name, its shapes, and what an interruption leaves of it.

usage: films_test.py TOOL SIMULATOR TEST
"""

import array
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from service import Service, packet_hashes, tags  # noqa: E402
from storyboards import MODEL, QUICK, SIMULATOR, TOOL, clips, prompts, run_named, service, short_clip, until  # noqa: E402


def sound(path: Path) -> array.array:
    """Of both channels, 8000 samples a second."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"],
                         check=True, capture_output=True).stdout
    return array.array("h", raw)


def loudness(samples: array.array, start: float, end: float) -> float:
    part = samples[int(start * 8000):int(end * 8000)]
    return (sum(sample * sample for sample in part) / max(len(part), 1)) ** 0.5


def music(directory: Path) -> None:
    """--music lies under the film: as long as it, faded at both ends, quieter where the film itself sounds."""
    # Two seconds of silence, then one of a tone, then three of silence: shots of their own.
    for name, tone, seconds in (("silent", 0, 2), ("loud", 440, 1), ("end", 0, 3)):
        source = f"sine=frequency={tone}:duration={seconds}" if tone else f"anullsrc=r=48000:cl=mono:d={seconds}"
        clips.stock("-f", "lavfi", "-i", f"testsrc2=size=160x96:rate=25:duration={seconds}", "-f", "lavfi", "-i", source,
                    *clips.H264, *clips.AAC, directory / f"{name}.source.mp4")
    clips.stock("-f", "lavfi", "-i", "sine=frequency=1000:duration=60", "-c:a", "libvorbis", directory / "music.ogg")
    shots = [{"prompt": "a", "model": "wan-2.6"}, {"prompt": "b", "model": "ltx-mini"}, {"prompt": "c", "model": "wan-2.6-flash"}]
    with Service(TOOL, SIMULATOR, directory, *QUICK) as listing:
        models = [line["id"] for line in listing.lines("models")]
    options = []
    for shot, name, model in zip(shots, ("silent", "loud", "end"), models):
        shot["model"] = model
        options += ["--clip", f"{model}={directory / name}.source.mp4"]
    (directory / "film.jsonl").write_text("\n".join(map(json.dumps, shots)) + "\n", encoding="utf-8")
    with Service(TOOL, SIMULATOR, directory, *QUICK, *options) as one:
        result = one.lines("film", "film.jsonl", "--poll-interval", "0.2", "--music", "music.ogg", "-o", "film.mp4",
                           "--exec", "cp {} copy.mp4")[-1]
        assert (directory / "copy.mp4").read_bytes() == (directory / "film.mp4").read_bytes()
        paid = sum(line["cost_cents"] for line in one.lines("list"))
        assert result["path"] == "film.mp4" and result["charged_cents"] == paid > 0, (result, paid)
        assert abs(result["seconds"] - 6) < 0.1, result
        samples = sound(directory / "film.mp4")
        assert abs(len(samples) / 8000 - 6) < 0.1, len(samples)
        full = loudness(samples, 1, 1.8)
        assert full > 500, full
        assert loudness(samples, 0, 0.05) < full / 4, "not faded in"
        assert loudness(samples, 5.8, 6) < full / 4, "not faded out"
        text = subprocess.run(["ffmpeg", "-v", "error", "-i", str(directory / "film.mp4"), "-map", "0:a", "-af", "highpass=f=900:p=2,highpass=f=900:p=2",
                               "-ac", "1", "-ar", "8000", "-f", "s16le", "-"], check=True, capture_output=True).stdout
        high = array.array("h", text)
        assert loudness(high, 2.4, 2.9) < loudness(high, 1, 1.8) / 2, "not quieter under the film's own sound"
        assert len(packet_hashes(directory / "film.mp4")) > 0
        _, errors = one.end("film", "film.jsonl", "--again", "--music", "none.ogg", "-o", "x.mp4", code=2)
        assert "--music cannot use 'none.ogg'" in errors and "nothing was charged" in errors and one.state()["creates"] == 3, errors
        # The film says what it is, and a sidecar says what each shot was.
        found = tags(directory / "film.mp4")
        assert found["title"] == "a b c" and all(model in found["model"] for model in models[:3]), found
        one.run("film", "film.jsonl", "--poll-interval", "0.2", "--sidecar", "--thumbnail", "-o", "{slug}.mp4")
        assert (directory / "a.mp4.jpg").read_bytes().startswith(b"\xff\xd8")
        made = one.lines("history")
        assert [line["path"] for line in made] == [str(directory / "a.mp4")] * 3, made
        page = one.run("history", "--html", "-")
        assert page.count("<video") == 1 and page.count(">In a.mp4<") == 2, page
        assert [shot["prompt"] for shot in json.loads((directory / "a.mp4.json").read_text())["shots"]] == ["a", "b", "c"]


def joining_interrupted(directory: Path) -> None:
    """A film whose joining is interrupted, twice or by a kill, leaves no part of a file, and the same command joins the same shots."""
    long_clip = directory / "long.source.mp4"
    clips.stock("-f", "lavfi", "-i", "testsrc2=size=160x96:rate=25:duration=30", "-f", "lavfi", "-i", "sine=frequency=440:duration=30",
                *clips.H264, *clips.AAC, long_clip)
    with service(directory, *QUICK, "--clip", str(long_clip)) as one:
        words = ("film", prompts(directory, 5), *MODEL, "-o", "film.mp4")
        before = None
        for sent, codes in (((signal.SIGINT,), (130,)), ((signal.SIGINT,) * 2, (130, -signal.SIGINT)),
                            ((signal.SIGKILL,), (-signal.SIGKILL,))):
            process = one.start(*words)
            errors = ""
            while "joining" not in errors:
                line = process.stderr.readline()
                assert line, errors
                errors += line
            before = before or sorted(directory.iterdir())
            for each in sent:
                process.send_signal(each)
                time.sleep(0.02)
            errors += process.communicate(timeout=60)[1]
            assert process.returncode in codes, (process.returncode, errors)
            assert sorted(directory.iterdir()) == before, sorted(directory.iterdir())
            if process.returncode == 130:
                assert "the same command joins them at no extra cost" in errors, errors
        assert "Nothing was charged now" in one.run(*words) and one.state()["creates"] == 5


def films_of_one_name(directory: Path) -> None:
    """A film's name belongs to one run, and to the file that somebody else makes under it meanwhile."""
    with service(directory, "--task-seconds", "3", "--clip", str(short_clip(directory))) as one:
        words = ("film", prompts(directory, 1), *MODEL, "-o", "film.mp4")
        first = one.start(*words)
        until(lambda: one.state()["creates"] == 1)
        other = ("film", prompts(directory, 1, "other.txt"), *MODEL, "--seed", "3", "-o", "./film.mp4")
        errors = one.end(*other, code=15)[1]
        assert "another run" in errors and "nothing was charged" in errors and one.state()["creates"] == 1, errors
        (directory / "film.mp4").write_text("mine", encoding="utf-8")
        out, errors = first.communicate(timeout=120)
        assert first.returncode == 0 and "Saved film-2.mp4" in out, (out, errors)
        assert (directory / "film.mp4").read_text(encoding="utf-8") == "mine"
        assert one.lines("history")[0]["path"] == str(directory / "film-2.mp4")
        (directory / "link.mp4").symlink_to("film.mp4")
        assert "Saved link.mp4" in one.run("film", "prompts.txt", *MODEL, "--force", "-o", "link.mp4")
        assert (directory / "link.mp4").is_symlink() and (directory / "film.mp4").stat().st_size > 1000


def shapes(directory: Path) -> None:
    """Shots that certainly have different sizes are refused, those that may have are announced, and those that turn out to are kept."""
    first = '{"prompt": "a", "aspect_ratio": "16:9"}\n'
    with service(directory) as one:
        for second, text in (('"aspect_ratio": "9:16"', "aspect ratio 9:16, where line 1 has 16:9"),
                             ('"aspect_ratio": "16:9", "quality": "720p"', "quality 720p, where line 1 has 480p"),
                             ('"model": "ltx-mini", "aspect_ratio": "1:1"', "aspect ratio 1:1, where line 1 has 16:9")):
            (directory / "sizes.jsonl").write_text(first + '{"prompt": "b", %s}\n' % second, encoding="utf-8")
            for plan in ((), ("--dry-run",)):
                errors = one.end("film", "sizes.jsonl", *MODEL, *plan, "-o", "film.mp4", code=2)[1]
                assert f"sizes.jsonl:2: {text}" in errors and "nothing was charged" in errors, errors
            # Files of their own may have any size.
            assert "warning" not in one.end("batch", "sizes.jsonl", *MODEL, "--dry-run")[1]
        assert one.state()["creates"] == 0
        for second, text in (('"model": "ltx-mini"', "different models (wan-2.6, ltx-mini)"),
                             ('"aspect_ratio": "9:16"', "only some of the shots set aspect_ratio"),
                             ('"quality": "720p"', "only some of the shots set quality")):
            (directory / "may.jsonl").write_text('{"prompt": "a"}\n{"prompt": "b", %s}\n' % second, encoding="utf-8")
            words = ("film", "may.jsonl", "--model", "wan-2.6")
            out, errors = one.end(*words, "--dry-run")
            assert "cents" in out and errors.count("warning") == 1 and text in errors, (out, errors)
            assert one.lines(*words, "--dry-run")[0]["event"] == "warning"
        # Their clips differ: that is what remains to be done.
        out, errors = one.end(*words, "-o", "film.mp4", code=14)
        assert errors.index("warning: ") < errors.index("buying"), errors
        last = errors.splitlines()[-1]
        assert "shot 2 cannot follow shot 1 without encoding again: their sizes differ (854x480 and 1280x720); charged" in last, last
        assert "airforce-video batch may.jsonl with the same options" in last and "the same command" not in last, last
        one.run("batch", *words[1:], "-o", "{index}.mp4")
        assert one.state()["creates"] == 2 and (directory / "1.mp4").exists() and (directory / "2.mp4").exists(), one.state()


if __name__ == "__main__":
    sys.exit(run_named([music, joining_interrupted, films_of_one_name, shapes]))
