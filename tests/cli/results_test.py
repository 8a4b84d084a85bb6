#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saved files say what they are: metadata, sidecars, thumbnails, names.

usage: results_test.py TOOL SIMULATOR
"""

import json
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
import clips  # noqa: E402
from service import Service, packet_hashes, tags  # noqa: E402

TOOL, SIMULATOR = sys.argv[1:3]
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
QUICK = ("--task-seconds", "0.3")
PROMPT = 'A red fox & a "hare" <in> the snow\nat dusk'
LINE = PROMPT.replace("\n", " ")


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    while data:
        size = struct.unpack(">I", data[:4])[0]
        found.append((data[4:8], data[8:size]))
        data = data[size:]
    return found


def clip(directory: Path, name: str, *arguments: str) -> Path:
    path = directory / (name + ".source.mp4")
    clips.stock(*clips.PICTURE, *clips.SOUND, *clips.H264, *clips.AAC, *arguments, path)
    return path


def saved(directory: Path, source: Path, *options: str) -> tuple[Path, dict]:
    with Service(TOOL, SIMULATOR, directory, *QUICK, "--clip", str(source)) as service:
        result = service.lines("generate", "--model", "wan-2.6", "--reuse=never", "--force", "-o", "fox.mp4", *options, PROMPT)
    return directory / "fox.mp4", {"lines": result} | result[-1]


def check_metadata(path: Path, source: Path, task_id: str) -> None:
    found = tags(path)
    assert found["title"] == LINE, found
    assert found["model"] == "wan-2.6" and found["task_id"] == task_id, found
    assert "wan-2.6" in found["comment"] and task_id in found["comment"], found
    assert found["date"].startswith("20"), found
    assert found["digital_source_type"] == SOURCE_TYPE, found
    assert packet_hashes(path) == packet_hashes(source), "pictures or sound have changed"
    xmp = [content[16:] for kind, content in boxes(path.read_bytes()) if kind == b"uuid" and content.startswith(XMP)]
    assert len(xmp) == 1 and SOURCE_TYPE.encode() in xmp[0], xmp
    if shutil.which("exiftool"):
        out = subprocess.run(["exiftool", "-json", "-G1", str(path)], check=True, capture_output=True, text=True).stdout
        read = json.loads(out)[0]
        assert read["XMP-iptcExt:DigitalSourceType"] == SOURCE_TYPE, read
        assert read["XMP-dc:Title"] == LINE and read["ItemList:Title"] == LINE, read


def metadata(directory: Path) -> None:
    """Metadata goes into an MP4 wherever its index is, and pictures and sound stay as they are."""
    front = clip(directory, "front", "-movflags", "+faststart")
    wide = clip(directory, "wide", "-movflags", "+faststart", "-moov_size", "20000")
    sources = [front, clip(directory, "end"), wide, clip(directory, "titled", "-metadata", "title=of the service")]
    own_xmp = directory / "xmp.source.mp4"
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' \
             b"<!-- of the service --></rdf:RDF></x:xmpmeta>"
    own_xmp.write_bytes(box(b"ftyp", boxes(front.read_bytes())[0][1]) + front.read_bytes()[len(boxes(front.read_bytes())[0][1]) + 8:]
                        + box(b"uuid", XMP + packet))
    for source in [*sources, own_xmp]:
        path, result = saved(directory, source, "--metadata")
        assert result["metadata"], result
        if source != own_xmp:
            check_metadata(path, source, result["task_id"])
        else:
            assert b"of the service" in path.read_bytes() and SOURCE_TYPE.encode() in path.read_bytes()
        assert not list(directory.glob(".fox*")), "something was left behind"


def unchanged(directory: Path) -> None:
    """A clip that is signed, in fragments or odd stays as it is, with a warning; so does every clip that nobody wants changed."""
    plain = clip(directory, "plain")
    path, result = saved(directory, plain)
    assert path.read_bytes() == plain.read_bytes() and "metadata" not in result, result
    signed = directory / "signed.source.mp4"
    signed.write_bytes(plain.read_bytes() + box(b"uuid", C2PA + bytes(40)))
    zipped = directory / "zipped.source.mp4"
    zipped.write_bytes(plain.read_bytes() + b"PK\x05\x06" + bytes(18))
    fragments = clip(directory, "fragments", "-movflags", "+frag_keyframe+empty_moov+default_base_moof")
    for source, why in ((signed, "signed"), (zipped, "follows"), (fragments, "fragment")):
        path, result = saved(directory, source, "--metadata")
        assert path.read_bytes() == source.read_bytes(), source
        assert "metadata" not in result, result
    with Service(TOOL, SIMULATOR, directory, *QUICK, "--clip", str(signed)) as service:
        _, errors = service.end("generate", "--model=wan-2.6", "-o", "again.mp4", "--metadata", "A fox")
        assert "warning: no metadata for again.mp4: it is signed" in errors, errors


def beside(directory: Path) -> None:
    """A sidecar says how a clip was made, a thumbnail shows it, and neither holds a URL."""
    with Service(TOOL, SIMULATOR, directory, *QUICK) as service:
        result = service.lines("generate", "--model", "ltx-mini", "--seed", "7", "--quality", "480p", "-o", "fox.mp4", "--sidecar",
                               "--thumbnail", PROMPT)[-1]
        assert result["sidecar"] == "fox.mp4.json" and result["thumbnail"] == "fox.mp4.jpg", result
        text = (directory / "fox.mp4.json").read_text(encoding="utf-8")
        sidecar = json.loads(text)
        assert sidecar["prompt"] == PROMPT and sidecar["seed"] == 7 and sidecar["model"] == "ltx-mini", sidecar
        assert sidecar["task_id"] == result["task_id"] and sidecar["digital_source_type"] == "trainedAlgorithmicMedia", sidecar
        assert "http" not in text, text
        assert (directory / "fox.mp4.jpg").read_bytes().startswith(b"\xff\xd8")
        # A file of the prompt, and a task that is downloaded later, say the same.
        (directory / "prompt.txt").write_text(PROMPT, encoding="utf-8")
        service.run("generate", "--model", "ltx-mini", "--prompt-file", "prompt.txt", "-o", "2.mp4", "--sidecar")
        assert json.loads((directory / "2.mp4.json").read_text(encoding="utf-8"))["prompt"] == PROMPT
        service.run("download", result["task_id"], "-o", "3.mp4", "--sidecar", "--metadata")
        assert json.loads((directory / "3.mp4.json").read_text(encoding="utf-8"))["prompt"] == PROMPT
        assert tags(directory / "3.mp4")["title"] == LINE
    with Service(TOOL, SIMULATOR, directory, *QUICK, "--fault", "thumbnail:status=500") as service:
        _, errors = service.end("generate", "--model", "ltx-mini", "-o", "4.mp4", "--thumbnail", "A hare")
        assert "warning" not in errors and (directory / "4.mp4.jpg").read_bytes().startswith(b"\xff\xd8"), errors
        # A companion that cannot be written is a warning: the clip is there, and paid for.
        (directory / "5.mp4.jpg").mkdir()
        _, errors = service.end("generate", "--model", "ltx-mini", "-o", "5.mp4", "--thumbnail", "Another hare")
        assert "warning: no thumbnail for 5.mp4" in errors and (directory / "5.mp4").exists(), errors


def names(directory: Path) -> None:
    """Every placeholder of an output name stands for the same in generate and in a batch."""
    template = "{index:03} {slug} {model} {seed} {date} {prompt} {task_id}.mp4"
    with Service(TOOL, SIMULATOR, directory, *QUICK) as service:
        single = service.lines("generate", "--model", "ltx-mini", "--seed", "5", "-o", template, "A fox/../hare")[-1]
        (directory / "shots.jsonl").write_text('{"prompt": "A fox/../hare", "seed": 5}\n', encoding="utf-8")
        lines = service.lines("batch", "shots.jsonl", "--model", "ltx-mini", "-o", template, "--metadata", "--sidecar", "--thumbnail")
        in_batch = next(line for line in lines if line["event"] == "saved")
        assert in_batch["metadata"] and in_batch["sidecar"] and in_batch["thumbnail"], in_batch
        assert single["path"].replace(single["task_id"], "ID") == in_batch["path"].replace(in_batch["task_id"], "ID"), (single, in_batch)
        assert single["path"].startswith("001 a-fox-hare ltx-mini 5 20") and "/" not in single["path"], single
        # Also where the service does not show the prompt of a task.
        assert service.lines("download", single["task_id"], "-o", "again-{slug}.mp4")[-1]["path"] == "again-a-fox-hare.mp4"
        assert tags(directory / in_batch["path"])["title"] == "A fox/../hare"
        _, errors = service.end("batch", "shots.jsonl", "--model", "ltx-mini", "-o", "{indx}.mp4", code=2)
        assert "{indx}" in errors and "{index}" in errors, errors
        creates = service.state()["creates"]
        _, errors = service.end("generate", "--model", "ltx-mini", "-o", "{slgu}.mp4", "A fox", code=2)
        assert "--output has no placeholder {slgu}; nothing was charged" in errors, errors
        _, errors = service.end("generate", "--model", "ltx-mini", "-o", "-", "--sidecar", "A fox", code=2)
        assert "need a file" in errors and service.state()["creates"] == creates, errors


def killed_once_saved(one: Service, path: Path, *words: str) -> None:
    process = one.start(*words)
    deadline = time.monotonic() + 120
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    _, errors = process.communicate()
    assert path.exists(), errors


def completed(directory: Path) -> None:
    """What a killed run had not written of a saved clip is written by the same command, which buys nothing."""
    beside_it = ("--metadata", "--sidecar", "--thumbnail")
    model = ("--model", "ltx-mini", "--seed", "7")
    (directory / "shots.txt").write_text("A hare\nA wolf\n", encoding="utf-8")
    (directory / "roe.txt").write_text("A roe\n", encoding="utf-8")
    # The picture is fetched first, and its server is silent. The dialect that names no picture has nothing to wait for there.
    silent = ("--dialect", "reference", "--fault", "thumbnail:stall-before,times=1")
    cases = {
        "A fox": ("fox.mp4", 1, ("generate", *model, "-o", "fox.mp4", *beside_it, "A fox")),
        "A roe": ("a-roe.mp4", 1, ("generate", *model, "--prompt-file", "roe.txt", "-o", "{slug}.mp4", *beside_it)),
        "A lynx": ("vid_", 1, ("generate", *model, *beside_it, "A lynx")),
        "A hare": ("1-a-hare.mp4", 2, ("batch", "shots.txt", "-j1", *model, "-o", "{index}-{slug}.mp4", *beside_it)),
    }
    for prompt, (name, creates, words) in cases.items():
        with Service(TOOL, SIMULATOR, directory, *QUICK, *silent) as service:
            if name == "vid_":
                # The file's name is the task's.
                process = service.start(*words)
                deadline = time.monotonic() + 120
                while not list(directory.glob("vid_*.mp4")) and time.monotonic() < deadline:
                    time.sleep(0.005)
                process.kill()
                process.communicate()
                path = next(directory.glob("vid_*.mp4"))
            else:
                path = directory / name
                killed_once_saved(service, path, *words)
            assert not Path(f"{path}.json").exists() and "task_id" not in tags(path), "killed too late"
            whole = packet_hashes(path)
            service.run(*words)
            assert service.state()["creates"] == creates, service.state()
            found = tags(path)
            assert found["title"] == prompt and found["model"] == "ltx-mini", found
            sidecar = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
            assert sidecar["prompt"] == prompt and sidecar["task_id"] == found["task_id"] and sidecar["seed"] == 7, sidecar
            assert Path(f"{path}.jpg").read_bytes().startswith(b"\xff\xd8")
            assert packet_hashes(path) == whole, "pictures or sound have changed"
            if words[0] == "batch":
                assert "exist already" in service.run(*words)
            elif name != "vid_":
                assert "exists already" in service.end(*words, code=15)[1]
            assert service.state()["creates"] == creates
            # Another request's file is left alone.
            if name == "fox.mp4":
                path.write_bytes(b"mine")
                Path(f"{path}.json").unlink()
                assert "exists already" in service.end(*words[:-1], "Another fox", code=15)[1]
                assert path.read_bytes() == b"mine" and not Path(f"{path}.json").exists()
    # A film has its name last.
    with Service(TOOL, SIMULATOR, directory, *QUICK) as service:
        killed_once_saved(service, directory / "film.mp4", "film", "shots.txt", *model, "-o", "film.mp4", "--sidecar", "--thumbnail")
        assert len(json.loads((directory / "film.mp4.json").read_text(encoding="utf-8"))["shots"]) == 2
        assert (directory / "film.mp4.jpg").read_bytes().startswith(b"\xff\xd8")
        assert tags(directory / "film.mp4")["model"] == "ltx-mini"


def lists(directory: Path) -> None:
    """status and list show the prompt and the file of what was made on this machine."""
    with Service(TOOL, SIMULATOR, directory, *QUICK) as service:
        task = service.lines("generate", "--model", "ltx-mini", "-o", "fox.mp4", "A red fox")[-1]["task_id"]
        out = service.run("status", task)
        assert "A red fox" in out and str(directory / "fox.mp4") in out, out
        assert service.lines("status", task)[0]["path"] == str(directory / "fox.mp4")
        out = service.run("list")
        assert "A red fox" in out and "fox.mp4" in out, out
        line = service.lines("list")[0]
        assert line["prompt"] == "A red fox" and line["path"] == str(directory / "fox.mp4"), line
        out = service.run("list", "--local")
        assert "A red fox" in out and "fox.mp4" in out, out
        # So it is of a batch.
        (directory / "shots.txt").write_text("A grey wolf\n", encoding="utf-8")
        service.run("batch", "shots.txt", "--model", "ltx-mini", "-o", "{slug}.mp4")
        for words in (("list",), ("list", "--local"), ("history",)):
            line = service.lines(*words)[0]
            assert line["prompt"] == "A grey wolf" and line["path"] == str(directory / "a-grey-wolf.mp4"), line
        assert service.lines("history")[0]["state"] == "delivered"
        # Where no history is kept, the rest is shown.
        assert "fox.mp4" not in service.run("status", task, AIRFORCE_HISTORY="off")


def kept(directory: Path) -> None:
    """What somebody else has written beside a clip, or where a page is to go, is refused before the purchase or kept."""
    model = ("--model", "ltx-mini")
    notes = {name: directory / name for name in ("fox.mp4.json", "fox.mp4.png", "1-wolf.mp4.json", "notes.html")}
    with Service(TOOL, SIMULATOR, directory, *QUICK) as service:
        for path in notes.values():
            path.write_text("notes of mine", encoding="utf-8")
        for option, name in (("--sidecar", "fox.mp4.json"), ("--thumbnail", "fox.mp4.png")):
            _, errors = service.end("generate", *model, "-o", "fox.mp4", option, PROMPT, code=15)
            assert name in errors and "--force" in errors, errors
        _, errors = service.end("history", "--html", "notes.html", code=15)
        assert "notes.html" in errors and "--force" in errors, errors
        assert service.state()["creates"] == 0
        (directory / "shots.txt").write_text("Wolf\n", encoding="utf-8")
        _, errors = service.end("batch", "shots.txt", *model, "-o", "{index}-{slug}.mp4", "--sidecar")
        assert "1-wolf.mp4.json" in errors and (directory / "1-wolf.mp4").exists(), errors
        for path in notes.values():
            assert path.read_text(encoding="utf-8") == "notes of mine", path
        service.run("generate", *model, "-o", "fox.mp4", "--sidecar", "--thumbnail", "--force", PROMPT)
        assert json.loads(notes["fox.mp4.json"].read_text(encoding="utf-8"))["prompt"] == PROMPT
        # What this program has written it writes again.
        (directory / "fox.mp4").unlink()
        service.run("generate", *model, "-o", "fox.mp4", "--sidecar", "A hen")
        assert json.loads(notes["fox.mp4.json"].read_text(encoding="utf-8"))["prompt"] == "A hen"
        service.run("history", "--html", "notes.html", "--force")
        service.run("history", "--html", "notes.html")
        assert "A hen" in notes["notes.html"].read_text(encoding="utf-8")


def main() -> int:
    test = {"metadata": metadata, "unchanged": unchanged, "beside": beside, "names": names, "lists": lists, "kept": kept, "completed": completed}[sys.argv[3]]
    with tempfile.TemporaryDirectory() as directory:
        test(Path(directory).resolve())
    print("ok:", test.__doc__)
    return 0


if __name__ == "__main__":
    sys.exit(main())
