# SPDX-License-Identifier: LGPL-2.1-or-later
"""The protocol and the filter in an FFmpeg source tree: what is copied, which lines are added, and how both come out again."""
import filecmp
import pathlib
import re
import shutil

HERE = pathlib.Path(__file__).resolve().parent
COMMON = HERE.parent / "common"
SHARED = (COMMON / "capi/airforce-video.h", COMMON / "capi/airforce-video-loader.h", COMMON / "vocabulary/airforce-video-parameters.def")
CHANGELOG = "version <next>:\n- airforce protocol, airforce demuxer and airforcevideosrc filter"
KNOWN = "5.1 to 9.0"


class Failure(Exception):
    """Says what is wrong and what to do."""


def files():
    """What the tree gets: source and path in the tree."""
    for library in ("libavformat", "libavfilter"):
        for source in sorted((HERE / library).glob("*.[ch]")):
            yield source, f"{library}/{source.name}"
    for source in SHARED:
        yield source, f"libavformat/{source.name}"
    for name in ("libavformat/tests/airforce.c", "tests/ref/fate/airforce"):
        yield HERE / name, name


def texi(name):
    """A section of FFmpeg's manual, between marks by which it is found again."""
    return "@c airforce: begin\n" + (HERE / "doc" / name).read_text(encoding="utf-8") + "@c airforce: end"


# Where the tree names its components: file, the one line that ours follow (or come before), and ours, made of that line. Such an edit
# needs no context, so it holds from version to version; where it does not, that is reported before anything is changed.
class Edit:
    def __init__(self, file, anchor, make, before=False):
        self.file, self.anchor, self.make, self.before = file, re.compile(anchor), make, before

    def apply(self, text, tree):
        lines = text.split("\n")
        found = [i for i, line in enumerate(lines) if self.anchor.fullmatch(line)]
        if len(found) != 1:
            raise Failure(f"{self.file} of {tree} has {len(found) or 'no'} lines like {self.anchor.pattern}; "
                          f"this FFmpeg is not one of those that are known ({KNOWN})")
        ours = self.make(lines[found[0]])
        lines.insert(found[0] + (0 if self.before else 1), ours)
        return "\n".join(lines)


EDITS = (
    Edit("libavfilter/Makefile", r"OBJS-\$\(CONFIG_MOVIE_FILTER\) +\+= src_movie\.o",
         lambda line: "OBJS-$(CONFIG_AIRFORCEVIDEOSRC_FILTER)       += src_airforcevideo.o"),
    Edit("libavfilter/allfilters.c", r"extern +const (AVFilter|FFFilter) ff_avsrc_movie;",
         lambda line: line.replace("movie", "airforcevideosrc")),
    Edit("libavformat/Makefile", r"OBJS-\$\(CONFIG_AIFF_DEMUXER\) +\+= aiffdec\.o.*",
         lambda line: "OBJS-$(CONFIG_AIRFORCE_DEMUXER)          += airforcedec.o", before=True),
    Edit("libavformat/allformats.c", r"extern const (AVInputFormat|FFInputFormat) +ff_aiff_demuxer;",
         lambda line: line.replace("aiff", "airforce"), before=True),
    Edit("libavformat/Makefile", r"OBJS-\$\(CONFIG_ASYNC_PROTOCOL\) +\+= async\.o",
         lambda line: "OBJS-$(CONFIG_AIRFORCE_PROTOCOL)         += airforce.o", before=True),
    Edit("libavformat/protocols.c", r"extern const URLProtocol ff_async_protocol;",
         lambda line: line.replace("async", "airforce"), before=True),
    Edit("configure", r'movie_filter_deps="avcodec avformat"',
         lambda line: 'airforcevideosrc_filter_deps="avcodec avformat libdl threads"'),
    Edit("configure", r'asf_demuxer_select="riffdec"',
         lambda line: 'airforce_demuxer_deps="libdl threads"\nairforce_demuxer_select="mov_demuxer"', before=True),
    Edit("configure", r'async_protocol_deps="threads"',
         lambda line: 'airforce_protocol_deps="libdl threads"', before=True),
    Edit("libavformat/Makefile", r"TESTPROGS-\$\(CONFIG_IMF_DEMUXER\) +\+= imf",
         lambda line: "TESTPROGS-$(CONFIG_AIRFORCE_DEMUXER)     += airforce", before=True),
    Edit("tests/fate/libavformat.mak", r"FATE_LIBAVFORMAT-\$\(CONFIG_NETWORK\) \+= fate-noproxy",
         lambda line: "FATE_LIBAVFORMAT-$(CONFIG_AIRFORCE_DEMUXER) += fate-airforce\n"
                      "fate-airforce: libavformat/tests/airforce$(EXESUF)\n"
                      "fate-airforce: CMD = run libavformat/tests/airforce$(EXESUF)", before=True),
    Edit("doc/demuxers.texi", r"@section apng", lambda line: texi("demuxers.texi"), before=True),
    Edit("doc/protocols.texi", r"@section amqp", lambda line: texi("protocols.texi"), before=True),
    Edit("doc/filters.texi", r"@section amovie", lambda line: texi("filters.texi"), before=True),
    Edit("Changelog", r"releases are sorted from youngest to oldest\.",
         lambda line: f"\n{CHANGELOG}"),
)


def read(tree, name):
    path = tree / name
    if not path.is_file():
        raise Failure(f"{tree} is not an FFmpeg source tree: it has no {name}")
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def write(tree, name, text):
    (tree / name).write_text(text, encoding="utf-8", errors="surrogateescape")  # the mode of the file stays


def add(tree):
    """Returns whether anything was changed; what is there already is not touched, so that nothing is compiled again for it."""
    before = {edit.file: read(tree, edit.file) for edit in EDITS}
    after = {name: without(text) for name, text in before.items()}  # an earlier version may have added other lines
    for edit in EDITS:
        after[edit.file] = edit.apply(after[edit.file], tree)
    for name, text in after.items():
        if text != before[name]:
            write(tree, name, text)
    changed = after != before
    wanted = {name for _, name in files()}
    for stale in (path for library in ("libavformat", "libavfilter") for path in (tree / library).glob("*airforce*.[chd]*")):
        if stale.suffix in (".c", ".h", ".def") and str(stale.relative_to(tree)) not in wanted:
            stale.unlink()  # of an earlier version
    for source, name in files():
        if not (tree / name).is_file() or not filecmp.cmp(source, tree / name, shallow=False):
            shutil.copyfile(source, tree / name)
            changed = True
    return changed


def without(text):
    """The text of a file without what was added to it."""
    text = re.sub(r"@c airforce: begin\n.*?@c airforce: end\n", "", text, flags=re.S)
    text = re.sub(r"\nversion <next>:\n- airforce protocol.*\n", "", text)
    return "\n".join(line for line in text.split("\n") if "airforce" not in line.lower())


def remove(tree):
    for name in {edit.file for edit in EDITS}:
        text = read(tree, name)
        kept = without(text)
        if kept != text:
            write(tree, name, kept)
    for _, name in files():
        (tree / name).unlink(missing_ok=True)
