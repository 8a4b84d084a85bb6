# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frames come during the download."""
import time

from support import FilterTest, Simulator, frames, main, source


class DuringDownload(FilterTest):
    def first_frame(self, clip):
        """The share of the download's time after which the first frame is there."""
        size = clip.stat().st_size
        seconds = 6
        with Simulator(f"--bandwidth={size // seconds}", clip=clip) as simulator:
            # the packets are flushed as they come, so that each line reports when its frame was there
            process = simulator.start("-filter_complex", source(), "-flush_packets", "1", "-f", "framecrc", "-")
            times = [time.monotonic() for line in process.stdout if not line.startswith("#")]
            self.assertEqual(0, process.wait(), process.stderr.read())
            process.communicate()
            self.assertGreater(len(times), 100)
            # the clip takes a known time from the first byte to the last, whose frame comes at the end
            return 1 - (times[-1] - times[0]) / seconds

    def test_the_first_frame_needs_a_small_part_of_a_clip_with_its_index_in_front(self):
        self.assertLess(self.first_frame(self.clips["h264, long"]), 0.4)

    def test_the_first_frame_needs_a_small_part_of_a_clip_in_fragments(self):
        self.assertLess(self.first_frame(self.clips["h264, long, in fragments"]), 0.4)

    def test_a_server_without_ranges_or_lengths_and_lost_connections_change_no_frame(self):
        for name in ("h264", "h264, index at the end", "h264, in fragments"):
            clip = self.clips[name]
            for fault in ("no-range,no-length", "close-after=3000,times=2"):
                with self.subTest(name, fault=fault), Simulator(f"--fault=download:{fault}", clip=clip) as simulator:
                    self.assertEqual(frames(simulator, "-i", clip, "-map", "0:v"), frames(simulator, "-filter_complex", source()))


if __name__ == "__main__":
    main()
