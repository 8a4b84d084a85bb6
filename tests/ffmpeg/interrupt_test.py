# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ctrl-C and SIGTERM stop the wait at once, say how to resume, and belong to ffmpeg again afterwards."""
import re
import signal
import time

from support import FFPROBE, MODEL, SECONDS, WRAPPER, FilterTest, Simulator, main, source, version, wait_for

INPUT = ("-f", "lavfi", "-i", source())
FILE = ("-i", f"airforce://generate?model={MODEL}&prompt=fox")
GRAPH = ("-filter_complex", source())
NOWHERE = ("-f", "null", "-")
AT_ONCE = 1 if not WRAPPER else 30  # seconds


class Interrupt(FilterTest):
    def interrupted(self, number, *arguments, **popen):
        """Sends a signal as soon as ffmpeg waits; exit code, what was said, seconds until it ended."""
        with Simulator(clip=self.clips["h264"], task_seconds=30) as simulator:
            process = simulator.start(*arguments, loglevel="info", **popen)
            said = wait_for(process, "queued")
            started = time.monotonic()
            process.send_signal(number)
            said += process.communicate(timeout=30)[1]
            return process.returncode, said, time.monotonic() - started

    def test_a_signal_stops_the_wait_at_once_with_a_failure_that_names_the_task(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for arguments in (INPUT, GRAPH):
                with self.subTest(signal=number, arguments=arguments):
                    code, said, seconds = self.interrupted(number, *arguments, *NOWHERE)
                    self.assertGreater(code, 0, said)
                    self.assertRegex(said, r"still runs; .*task_id=vid_\w+")
                    self.assertLess(seconds, AT_ONCE)

    def test_a_program_that_leaves_signals_alone_dies_of_it(self):
        code, said, _ = self.interrupted(signal.SIGINT, *INPUT, program=FFPROBE)
        self.assertEqual(-signal.SIGINT, code, said)
        self.assertRegex(said, r"task_id=vid_\w+")

    def test_what_was_interrupted_is_taken_over_and_not_bought_again(self):
        with Simulator(clip=self.clips["h264"], task_seconds=3) as simulator:
            process = simulator.start(*INPUT, *NOWHERE, loglevel="info")
            wait_for(process, "queued")
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
            simulator.play(*INPUT, *NOWHERE)
            self.assertEqual(1, simulator.creates())

    def test_a_process_that_ignores_the_signal_is_not_stopped_by_it(self):
        def ignore():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

        with Simulator(clip=self.clips["h264"], task_seconds=3) as simulator:
            # ffprobe, as ffmpeg itself listens to a SIGINT that its parent ignores
            process = simulator.start(*INPUT, program=FFPROBE, loglevel="info", preexec_fn=ignore)
            wait_for(process, "queued")
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
            self.assertEqual(0, process.returncode, said)

    def test_a_stalled_answer_is_interrupted_too(self):
        half = self.clips["h264, long"].stat().st_size // 2
        for fault in ("models:stall", "create:stall", "download:stall-after=0", f"download:stall-after={half}"):
            for arguments in (INPUT, GRAPH, FILE):
                for number in (signal.SIGINT, signal.SIGTERM):
                    with self.subTest(fault, arguments=arguments, signal=number), \
                            Simulator(f"--fault={fault}", clip=self.clips["h264, long"]) as simulator:
                        process = simulator.start(*arguments, *NOWHERE)
                        simulator.wait_for_fault()
                        time.sleep(0.3)  # what came before the stall is read
                        started = time.monotonic()
                        process.send_signal(number)
                        said = process.communicate(timeout=SECONDS)[1]
                        self.assertLess(time.monotonic() - started, AT_ONCE, said)
                        # From 6.1 on ffmpeg ends with 0 when the opening of any input is interrupted.
                        if arguments != FILE or version() < (6, 1):
                            self.assertGreater(process.returncode, 0, said)

    def test_the_protocol_leaves_the_signal_to_a_program_that_dies_of_it(self):
        half = self.clips["h264, long"].stat().st_size // 2
        with Simulator(f"--fault=download:stall-after={half}", clip=self.clips["h264, long"]) as simulator:
            process = simulator.start("-count_packets", *FILE, program=FFPROBE)
            simulator.wait_for_fault()
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=SECONDS)[1]
            self.assertEqual(-signal.SIGINT, process.returncode, said)

    def test_a_signal_between_two_waits_ends_the_next_one(self):
        # half of the clip plays in real time, then nothing comes any more; the signal finds nobody waiting
        clip = self.clips["h264, long"]
        with Simulator(f"--fault=download:stall-after={clip.stat().st_size // 2}", clip=clip) as simulator:
            process = simulator.start("-re", "-f", "lavfi", "-i", source(), *NOWHERE, "-stats", loglevel="info")
            wait_for(process, "frame=")
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            said = process.communicate(timeout=30)[1]
            self.assertGreater(process.returncode, 0, said)
            self.assertLess(time.monotonic() - started, 10)

    def test_afterwards_the_signal_is_ffmpeg_s_own_again(self):
        # it ends an endless loop as it ends any other work: the file is finished properly
        with Simulator(clip=self.clips["h264"]) as simulator:
            process = simulator.start("-f", "lavfi", "-re", "-i", source(loop=0), "-f", "framecrc", "out.crc",
                                      "-stats", loglevel="info")
            wait_for(process, "frame=")
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)[1]
            self.assertEqual(255, process.returncode, said)
            self.assertIn("received signal 2", said)
            self.assertIsNone(re.search("cancelled", said), said)


if __name__ == "__main__":
    main()
