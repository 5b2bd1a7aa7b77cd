"""Processes that a request starts, and libraries that start one underneath.

Facts: `program` (the first word of a command, where that is constant, else None), `constant` (whether all of the
command is), `timeout`.
"""

import shlex
from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.specs import Facts, Invocation, Spec

QUICK: Final = frozenset(
    {
        *("--version", "-version", "-v", "-V", "version", "--help", "-h", "rev-parse", "describe", "--short"),
        *("rev-list", "symbolic-ref", "is-active", "status", "show-ref"),
    }
)
"""Words that make a constant command one that answers at once."""
QUICK_PROGRAMS: Final = frozenset(
    {
        *(
            "arch",
            "date",
            "df",
            "echo",
            "free",
            "getconf",
            "hostname",
            "hostnamectl",
            "id",
            "ip",
            "iwgetid",
            "kill",
        ),
        *(
            "ifconfig",
            "lsb_release",
            "nproc",
            "pgrep",
            "ps",
            "pwd",
            "true",
            "uname",
            "uptime",
            "vcgencmd",
            "which",
        ),
        *("whoami", "w", "who", "cat", "ls", "stat", "test", "timedatectl", "getent", "tty", "printenv"),
    }
)
SPAWNERS: Final = (
    "{spawnl,spawnle,spawnlp,spawnlpe,spawnv,spawnve,spawnvp,spawnvpe,posix_spawn,posix_spawnp,startfile}"
)


def _words(flow: Flow | None) -> tuple[list[str], bool]:
    """The constant words of a command, and whether these are all of it."""
    if flow is None:
        return [], False
    if isinstance(flow.value, str):
        try:
            return shlex.split(flow.value[:1000]), True
        except ValueError:
            return flow.value[:1000].split(), True
    words = [item.value for item in flow.items or () if isinstance(item.value, str)]
    return words, flow.items is not None and len(words) == len(flow.items)


def _command(call: Invocation) -> Facts | None:
    passed = call.argument(0, "args", "command", "cmd", "program")
    words, is_constant = _words(passed)
    program = words[0].rpartition("/")[2] if words else None
    facts: dict[str, object] = {"program": program, "constant": is_constant}
    if is_constant and (QUICK & set(words[1:4]) or program in QUICK_PROGRAMS):
        facts["work"] = WorkClass.LIGHT
    return facts


def _spread(call: Invocation) -> Facts | None:
    """Programs whose words are arguments: `os.spawnlp(mode, file, *args)`, `create_subprocess_exec(program, *args)`."""
    words = [arg.value for arg in call.args if isinstance(arg.value, str)]
    is_constant = len(words) == len(call.args) and not call.is_open
    facts: dict[str, object] = {"program": words[0] if words else None, "constant": is_constant}
    if is_constant and QUICK & set(words[1:4]):
        facts["work"] = WorkClass.LIGHT
    return facts


SINKS = (
    Spec(
        kind=Kind.PROCESS,
        work=WorkClass.HEAVY,
        names=(
            "{subprocess,gevent.subprocess,eventlet.green.subprocess,subprocess32}.{run,call,check_call,check_output}",
        ),
        roles={Role.TEXT: (0, "args"), Role.DATA: ("input", "stdin")},
        timeout=("timeout",),
        inspect=_command,
    ),
    Spec(
        kind=Kind.PROCESS,
        work=WorkClass.HEAVY,
        names=(
            "{subprocess,gevent.subprocess,eventlet.green.subprocess,psutil}.Popen",
            "subprocess.{getoutput,getstatusoutput}",
            "os.{system,popen,popen2,popen3}",
            "commands.{getoutput,getstatusoutput}",
            "pexpect.{run,runu,spawn,spawnu,popen_spawn.PopenSpawn}",
            "asyncio.create_subprocess_shell",
            "{delegator,envoy}.run",
            "invoke.{run,Context().run}",
            "pty.spawn",
        ),
        roles={Role.TEXT: (0, "args", "command")},
        inspect=_command,
    ),
    Spec(
        kind=Kind.PROCESS,
        work=WorkClass.HEAVY,
        names=("asyncio.create_subprocess_exec", f"os.{SPAWNERS}"),
        roles={Role.TEXT: (0, 1, 2)},
        inspect=_spread,
    ),
    Spec(
        kind=Kind.PROCESS,
        work=WorkClass.HEAVY,
        names=(
            # Version control
            "git.{repo.base.,}Repo.clone_from",
            "git.{repo.base.,}Repo().{clone,archive,blame,git.*,index.commit,index.add}",
            "git.{repo.base.,}Repo().{remote(),remotes[],remotes.origin}.{fetch,pull,push,update}",
            "git.{cmd.,}Git().*",
            "pygit2.clone_repository",
            "dulwich.porcelain.{clone,pull,push,fetch,archive}",
            "hglib.{clone,open().*}",
            # Audio and video
            "ffmpeg.{probe,run,run_async}",
            "ffmpeg.**.{run,run_async}",
            "ffmpy.FFmpeg().run",
            "pydub.{audio_segment.,}AudioSegment.{from_file,from_mp3,from_wav,from_ogg}",
            "pydub.**.export",
            "moviepy.{editor.,}{VideoFileClip,AudioFileClip,ImageSequenceClip}",
            "moviepy.**.{write_videofile,write_audiofile,write_gif}",
            "{yt_dlp,youtube_dl}.YoutubeDL().{extract_info,download}",
            # Containers and shells
            "docker.{from_env,DockerClient,client.from_env,client.DockerClient}().containers.{run,create}",
            "docker.{from_env,DockerClient,client.from_env,client.DockerClient}().images.{build,pull}",
            "plumbum.local[]()",
            "{nmap,nmap3}.**.{scan,scan_top_ports,nmap_version_detection}",
            "pypandoc.{convert,convert_text,convert_file}",
            "{pytesseract,pytesseract.pytesseract}.{image_to_string,image_to_data,image_to_pdf_or_hocr,image_to_boxes}",
        ),
        roles={Role.TEXT: (0,)},
    ),
)
