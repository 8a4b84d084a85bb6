# SPDX-License-Identifier: LGPL-2.1-or-later
"""airforce:// is a file as any other to libavformat: packets, seeks, length and errors are those of the MP4, and a clip is bought once."""
import json
import pathlib
import signal
import time
import urllib.parse

from support import (DECODERS, FFPROBE, MODEL, WRAPPER, FilterTest, Simulator, frames, has, main,
                     version, wait_for)

URL = f"airforce://generate?model={MODEL}&prompt=A%20red%20fox%3A+alert"
NOWHERE = ("-f", "null", "-")


# One of each kind: codecs, places of the index, fragments, rotation, HDR, edit lists, several tracks.
COPIED = ("h264", "h264, index at the end", "h264, in fragments", "h264, in fragments with an index", "hevc", "hevc, 10 bit, bt2020",
          "vp9, opus", "av1", "rotated by 90", "edit list", "several audio tracks", "variable frame rate", "one frame")


def url(**fields):
    return URL + "".join(f"&{name}={urllib.parse.quote(str(value))}" for name, value in fields.items())


def packets(simulator, *inputs):
    """One line for each packet of each stream, with time, size and checksum."""
    return simulator.play(*inputs, "-map", "0", "-c", "copy", "-f", "framemd5", "-").splitlines()


def usable(names):
    return [name for name in names if name != "sound alone" and (name not in DECODERS or has("decoder", DECODERS[name]))]


class Packets(FilterTest):
    def test_a_stream_copy_has_the_packets_of_the_file(self):
        for name in usable(COPIED):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(packets(simulator, "-i", self.clips[name]), packets(simulator, "-i", URL))

    def test_frames_are_those_of_the_file(self):
        for name in usable(("h264", "h264, in fragments", "hevc, 10 bit, bt2020", "rotated by 90", "edit list")):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(frames(simulator, "-i", self.clips[name]), frames(simulator, "-i", URL))

    def test_a_seek_gives_what_it_gives_in_the_file(self):
        for name in ("h264, long", "h264, index at the end", "h264, long, in fragments"):
            start = "0.5" if "end" in name else "5.2"
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertEqual(frames(simulator, "-ss", start, "-i", self.clips[name]), frames(simulator, "-ss", start, "-i", URL))

    def test_it_loops_as_the_file_does(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            loop = ("-stream_loop", "2")
            self.assertEqual(packets(simulator, *loop, "-i", self.clips["h264"]), packets(simulator, *loop, "-i", URL))
            self.assertEqual(1, simulator.creates())

    def test_faults_of_the_download_change_no_packet(self):
        for name in ("h264", "h264, index at the end", "h264, in fragments"):
            clip = self.clips[name]
            for fault in ("no-range,no-length", "close-after=3000,times=2"):
                with self.subTest(name, fault=fault), Simulator(f"--fault=download:{fault}", clip=clip) as simulator:
                    self.assertEqual(packets(simulator, "-i", clip), packets(simulator, "-i", URL))

    def test_a_slow_download_is_read_and_sought_in_while_it_runs(self):
        clip = self.clips["h264, long"]
        with Simulator(f"--bandwidth={clip.stat().st_size // 6}", clip=clip) as simulator:
            expected = frames(simulator, "-ss", "7", "-i", clip)
            self.assertEqual(expected, frames(simulator, "-ss", "7", "-i", URL))
            expected = packets(simulator, "-i", clip)
            self.assertEqual(expected, packets(simulator, "-i", URL))
            self.assertEqual(1, simulator.creates())


class Probe(FilterTest):
    def probed(self, simulator, address):
        show = ("-show_format", "-show_streams", "-of", "json", address)
        return json.loads(simulator.play(*show, program=FFPROBE))

    def test_streams_length_and_size_are_those_of_the_file(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            ours, file = self.probed(simulator, URL), self.probed(simulator, self.clips["h264"])
            self.assertEqual(file["streams"], ours["streams"])
            for key in ("duration", "size", "bit_rate", "format_name", "start_time"):
                self.assertEqual(file["format"][key], ours["format"][key])

    def test_prompt_and_task_are_metadata(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            tags = self.probed(simulator, URL)["format"]["tags"]
            self.assertEqual("A red fox: alert", tags["prompt"])
            self.assertRegex(tags["task_id"], r"^vid_\w+$")
            self.assertEqual(MODEL, tags["model"])
            of_the_task = self.probed(simulator, f"airforce://task/{tags['task_id']}")["format"]["tags"]
            self.assertEqual("A red fox: alert", of_the_task["prompt"])
            self.assertEqual(tags["task_id"], of_the_task["task_id"])

    def test_a_prompt_file_is_metadata_too(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            with open(f"{simulator.directory}/fox.txt", "w", encoding="utf-8") as file:
                file.write("A red fox\n")
            show = ("-promptfile", "fox.txt", "-show_entries", "format_tags=prompt", "-of", "csv=p=0", f"airforce://generate?model={MODEL}")
            self.assertEqual("A red fox", simulator.play(*show, program=FFPROBE).strip())

    def test_probing_first_buys_once(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            task = self.probed(simulator, URL)["format"]["tags"]["task_id"]
            simulator.play("-i", URL, *NOWHERE)
            simulator.play("-i", f"airforce://task/{task}", "-c", "copy", *NOWHERE)
            self.assertEqual(1, simulator.creates())


class Options(FilterTest):
    def test_options_are_those_of_the_vocabulary(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            said = simulator.play("-h", "protocol=airforce")
            for name in ("max_cost_cents", "prompt", "promptfile", "prompt_file", "generation_timeout", "reuse", "seed"):
                self.assertRegex(said, rf"(?m)^ +-{name} +<")
            self.assertNotRegex(said, r"(?m)^ +-api_key ")

    def test_a_request_can_be_given_by_options(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            with open(f"{simulator.directory}/fox.txt", "w", encoding="utf-8") as file:
                file.write("A fox: [alert], 'still'; \"what\"?")
            simulator.play("-promptfile", "fox.txt", "-model", MODEL, "-i", "airforce://generate", *NOWHERE)
            self.assertEqual(1, simulator.creates())

    def test_an_option_counts_more_than_the_url(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            task = simulator.play("-show_entries", "format_tags=task_id", "-of", "csv=p=0", URL, program=FFPROBE).strip()
            simulator.play("-task_id", task, "-i", "airforce://generate", *NOWHERE)
            simulator.play("-generation_timeout", "20", "-i", url(timeout=30), *NOWHERE)
            self.assertEqual(1, simulator.creates())
            for number, inputs in enumerate((("-seed", "7", "-i", url(seed=1)), ("-extra", '{"fps":24}', "-i", URL),
                                               ("-reuse", "never", "-i", URL), ("-reuse", "never", "-i", URL))):
                simulator.play(*inputs, *NOWHERE)
                self.assertEqual(2 + number, simulator.creates(), inputs)

    def test_a_limit_holds_and_the_url_cannot_raise_it(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            for address in (URL, url(max_cost_cents=100000)):
                self.assertFails(simulator.run("-max_cost_cents", "1", "-i", address, *NOWHERE), "max_cost_cents", "othing was charged")
            self.assertFails(simulator.run("-max_cost_cents", "100000", "-i", url(max_cost_cents=1), *NOWHERE), "max_cost_cents")
            self.assertEqual(0, simulator.creates())

    def test_a_fraction_of_a_second_is_refused_before_the_purchase(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertFails(simulator.run("-duration_seconds", "5.5", "-i", URL, *NOWHERE), "whole seconds", "othing was charged")
            self.assertEqual(0, simulator.creates())
            simulator.play("-duration_seconds", "00:00:05", "-i", URL, *NOWHERE)
            self.assertEqual(1, simulator.creates())


class Purchases(FilterTest):
    def test_two_inputs_with_the_same_url_share_one_purchase(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            simulator.play("-i", URL, "-i", URL, "-map", "0:v", "-map", "1:v", *NOWHERE)
            self.assertEqual(1, simulator.creates())

    def test_reuse_never_buys_each_time(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            again = url(reuse="never")
            simulator.play("-i", again, "-i", again, "-map", "0:v", "-map", "1:v", *NOWHERE)
            self.assertEqual(2, simulator.creates())

    def test_a_run_that_fails_after_the_purchase_does_not_buy_again(self):
        address = url(reuse="unfinished")
        # Also where libavformat could read all of the clip in advance: it is small, or its index is at its end.
        for name in ("h264", "h264, index at the end", "h264, long", "h264, long, in fragments"):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                self.assertFails(simulator.run("-i", address, "-c:v", "no_such_encoder", "x.mp4"))
                self.assertFails(simulator.run("-i", address, "-t", "0.2", "-f", "framecrc", "/nowhere/x"))
                simulator.play(address, program=FFPROBE)
                simulator.play("-i", address, *NOWHERE)
                self.assertEqual(1, simulator.creates())

    def test_a_clip_whose_first_frame_was_taken_is_resumed(self):
        address = url(reuse="unfinished")
        with Simulator(clip=self.clips["h264, long"]) as simulator:
            simulator.play("-i", address, "-frames:v", "1", *NOWHERE)
            simulator.play("-i", address, *NOWHERE)
            self.assertEqual(1, simulator.creates())

    def test_a_clip_is_delivered_when_all_of_it_was_read(self):
        address = url(reuse="unfinished")
        for name in ("h264", "h264, index at the end", "h264, long", "h264, long, in fragments"):
            with self.subTest(name), Simulator(clip=self.clips[name]) as simulator:
                for _ in range(2):
                    simulator.play("-i", address, "-map", "0", "-c", "copy", *NOWHERE)
                self.assertEqual(2, simulator.creates())

    def test_the_clip_of_a_task_that_was_bought_here_comes_from_the_cache(self):
        clip = self.clips["h264, index at the end"]
        with Simulator(clip=clip) as simulator:
            simulator.play("-i", URL, "-map", "0", "-c", "copy", *NOWHERE)
            show = ("-show_entries", "format_tags=task_id", "-of", "csv=p=0", URL)
            task = f"airforce://task/{simulator.play(*show, program=FFPROBE).strip()}"
            requests = len(simulator.state()["requests"])
            self.assertEqual(packets(simulator, "-i", clip), packets(simulator, "-i", task))
            self.assertEqual(requests, len(simulator.state()["requests"]))
            for kept in pathlib.Path(simulator.env["XDG_CACHE_HOME"]).glob("airforce-video/clips/*.mp4"):
                kept.write_bytes(b"damaged")
            self.assertEqual(packets(simulator, "-i", clip), packets(simulator, "-i", task))
            self.assertGreater(len(simulator.state()["requests"]), requests)
            self.assertEqual(1, simulator.creates())

    def test_a_replayed_clip_is_kept_as_a_file_too(self):
        clip = self.clips["h264"]
        with Simulator(clip=clip) as simulator:
            for name in ("bought.mp4", "replayed.mp4"):
                simulator.play("-location", name, "-i", URL, "-c", "copy", *NOWHERE)
                with open(f"{simulator.directory}/{name}", "rb") as kept:
                    self.assertEqual(clip.read_bytes(), kept.read())
            self.assertEqual(1, simulator.creates())


class Errors(FilterTest):
    def test_a_refused_key_is_an_http_error(self):
        with Simulator("--key=sk-air-right", clip=self.clips["h264"]) as simulator:
            simulator.env["AIRFORCE_API_KEY"] = "sk-air-wrong"
            done = simulator.run("-i", URL, *NOWHERE)
            self.assertFails(done, "401")
            self.assertNotIn("sk-air-wrong", done.stderr)

    def test_a_failed_task_is_reported_with_its_reason(self):
        with Simulator("--fault=task:failed", clip=self.clips["h264"]) as simulator:
            self.assertFails(simulator.run("-i", URL, *NOWHERE), "failed")
            self.assertEqual(1, simulator.creates())

    def test_a_wrong_url_buys_nothing(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            for address, words in (("airforce://nonsense", "none of"), ("airforce://films?storyboard=x", "none of"), ("airforce:", "none of"),
                                   ("airforce://generate?modell=x&prompt=y", "'model'"), ("airforce://task/", "names no task")):
                self.assertFails(simulator.run("-i", address, *NOWHERE), words, "othing was charged")
            self.assertEqual(0, simulator.creates())

    def test_writing_is_refused(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertFails(simulator.run("-i", self.clips["h264"], "-c", "copy", "-f", "mp4", URL))
            self.assertEqual(0, simulator.creates())


class Nested(FilterTest):
    def test_what_the_user_puts_in_front_of_it_reads_it(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            for before in (name for name in ("cache", "async") if name in simulator.play("-protocols").split()):
                self.assertEqual(packets(simulator, "-i", self.clips["h264"]), packets(simulator, "-i", f"{before}:{URL}"))
            self.assertFails(simulator.run("-i", f"subfile,,start,0,end,1000,,:{URL}", *NOWHERE))
            self.assertLessEqual(simulator.creates(), 1)


class Hostile(FilterTest):
    def refused(self, content, name="hostile.mp4"):
        clip = self.clips.directory / name
        clip.write_bytes(content)
        with Simulator(clip=clip) as simulator:
            for arguments in (("-i", URL), ("-f", "lavfi", "-i", f"airforcevideosrc=model={MODEL}:prompt=fox")):
                done = simulator.run(*arguments, *NOWHERE)
                self.assertFails(done, "MP4")
            return done

    def test_what_only_looks_like_an_mp4_is_not_played(self):
        mp4 = self.clips["h264"].read_bytes()
        for content in (
            b"<!--free--><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' profiles='urn:mpeg:dash:profile:isoff-live:2011'>" + bytes(100),
            b"#EXTfree\n#EXTM3U\nhttp://127.0.0.1:1/x.mp4\n" + bytes(100),
            b"v=0\nfree\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n" + bytes(100),
            b"GIF8free" + bytes(100),
            b"ffconcat version 1.0\nfile http://127.0.0.1:1/x.mp4\n",
            bytes.fromhex("00000008") + b"free" + b"#EXTM3U\nhttp://127.0.0.1:1/x.mp4\n" + bytes(40),
            bytes.fromhex("7fffffff") + b"ftyp" + mp4[8:],
            mp4[:6],
        ):
            with self.subTest(content[:20]):
                self.refused(content)

    def test_no_playlist_can_open_it(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            lists = {"list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{URL}\n#EXT-X-ENDLIST\n",
                     "list.ffconcat": f"ffconcat version 1.0\nfile '{URL}'\n",
                     "list.txt": f"file '{URL}'\n"}
            for name, text in lists.items():
                with open(f"{simulator.directory}/{name}", "w", encoding="utf-8") as file:
                    file.write(text)
                before = ("-f", "concat", "-safe", "0") if name.endswith("txt") else ("-safe", "0") if "ffconcat" in name else ()
                self.assertGreater(simulator.run(*before, "-i", name, *NOWHERE).returncode, 0)
            self.assertEqual(0, simulator.creates())

    def test_a_protocol_whitelist_without_it_refuses_it(self):
        with Simulator(clip=self.clips["h264"]) as simulator:
            self.assertFails(simulator.run("-protocol_whitelist", "file,http", "-i", URL, *NOWHERE), "whitelist")
            self.assertEqual(0, simulator.creates())


class Interrupt(FilterTest):
    def test_a_signal_ends_the_wait_for_the_clip_and_the_same_command_resumes_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), Simulator(clip=self.clips["h264"], task_seconds=3) as simulator:
                process = simulator.start("-i", URL, *NOWHERE, loglevel="info")
                said = wait_for(process, "queued")
                started = time.monotonic()
                process.send_signal(number)
                said += process.communicate(timeout=30)[1]
                self.assertLess(time.monotonic() - started, 30 if WRAPPER else 2)
                if version() < (6, 1):  # from then on ffmpeg ends with 0 when the opening of any input is interrupted
                    self.assertGreater(process.returncode, 0, said)
                self.assertRegex(said, r"vid_\w+")
                simulator.play("-i", URL, *NOWHERE)
                self.assertEqual(1, simulator.creates())

    def test_progress_is_plain_lines(self):
        with Simulator(clip=self.clips["h264"], task_seconds=3) as simulator:
            said = simulator.run("-i", URL, *NOWHERE, "-nostats", loglevel="info").stderr
            self.assertRegex(said, r"\[airforce @ 0x[0-9a-f]+\] .*(queued|running)")
            self.assertNotIn("\r", said)
            self.assertEqual("", simulator.run("-i", URL, *NOWHERE, loglevel="warning").stderr)


if __name__ == "__main__":
    main()
