# The far end of the pool: one interpreter that compiles what it is sent and
# never runs it. Package cpython (frame.go) is the near end and describes the
# frames.
#
# The file is run with -c by CPython 3.8 and later and PyPy 3.10 and later. Up to
# the greeting it keeps to what Python 2 understands too, so that an interpreter
# which is too old says what it is instead of dying of a syntax error. Start-up
# time is paid once a worker: only modules that are built in are imported, and
# "warnings" not before something warns.
import sys

if sys.path and not sys.path[0]:
    del sys.path[0]  # the current folder, where PYTHONSAFEPATH is not known


def greeting():
    implementation = getattr(sys, 'implementation', None)
    name = implementation.name if implementation else 'python'
    tag = getattr(implementation, 'cache_tag', None) or 'none'
    external = sys.modules.get('_frozen_importlib_external')
    if external is None:
        try:
            from importlib import util as external
        except ImportError:
            external = None
    magic = ''.join('%02x' % b for b in bytearray(getattr(external, 'MAGIC_NUMBER', b''))) or 'none'
    traits = []
    if 't' in getattr(sys, 'abiflags', '') or 'free-threading' in sys.version:
        traits.append('free-threaded')
    if hasattr(sys, 'gettotalrefcount'):
        traits.append('debug')
    words = ['precompile-worker', '1', name.lower()]
    words += ['%s' % (part,) for part in sys.version_info[:4]]
    words += [tag, magic, ','.join(traits) or '-']
    # In hex, since they may have any byte. sys.version tells builds of one release
    # apart: it has the time of the build and the C compiler.
    for text in (sys.version, sys.executable or ''):
        try:
            text = text.encode('utf-8', 'surrogateescape')
        except Exception:  # Python 2, where it is bytes
            pass
        words.append(''.join('%02x' % b for b in bytearray(text)) or '-')
    return (' '.join(words) + '\n').encode('ascii')


def number(data, start):
    return int.from_bytes(data[start:start + 4], 'little')


def pack(n):
    return min(max(n, 0), 0xffffffff).to_bytes(4, 'little')


def pack_text(text):
    data = text.encode('utf-8', 'surrogatepass')
    return pack(len(data)) + data


BOM = b'\xef\xbb\xbf'


def cookie(source):
    """The name of the encoding that a source declares and the line that does, as
    PEP 263 has it; or (None, 0)."""
    if source[:3] == BOM:
        source = source[3:]
    lines = source[:4096].replace(b'\r\n', b'\n').replace(b'\r', b'\n').split(b'\n', 2)
    for lineno, line in enumerate(lines[:2], 1):
        line = line.lstrip(b' \t\f')
        if line and line[:1] != b'#':
            break
        at = line.find(b'coding')
        while at >= 0:
            rest = line[at + 6:]
            if rest[:1] in (b':', b'='):
                rest = rest[1:].lstrip(b' \t')
                n = 0
                while rest[n:n + 1].isalnum() or rest[n:n + 1] in (b'-', b'_', b'.'):
                    n += 1
                if n:
                    return rest[:n].decode('ascii'), lineno
            at = line.find(b'coding', at + 6)
    return None, 0


class Lines:
    """The lines of a source as text, for reports; split when first wanted."""

    def __init__(self, source):
        self.source = source
        self.lines = None

    def __getitem__(self, lineno):
        if self.lines is None:
            source = self.source
            if source[:3] == BOM:
                source = source[3:]
            try:
                text = source.decode(cookie(source)[0] or 'utf-8', 'replace')
            except Exception:  # an unknown encoding, or one that is not of text
                text = source.decode('utf-8', 'replace')
            self.lines = text.replace('\r\n', '\n').replace('\r', '\n').split('\n')
        if 0 < lineno <= len(self.lines):
            return self.lines[lineno - 1]
        return ''


LONGEST = 4096  # characters of a message or a line that are worth sending


def record(kind, message, line, col, end_line, end_col, text):
    """One diagnostic: four positions, three texts."""
    if len(text) > LONGEST:
        # A cut line would put carets where nothing is.
        text = text[:LONGEST] if max(col, end_col) <= LONGEST else ''
    return b''.join((pack(line), pack(col), pack(end_line), pack(end_col),
                     pack_text(kind), pack_text(message[:LONGEST]), pack_text(text)))


def columns(line, offset):
    """An offset that counts bytes of UTF-8 from 1, in characters."""
    if offset <= 1:
        return offset
    data = line.encode('utf-8', 'surrogatepass')
    return len(data[:offset - 1].decode('utf-8', 'replace')) + 1 + max(0, offset - 1 - len(data))


def undecodable(source):
    """Where a source is not of its encoding, or has a NUL: (line, column)."""
    at = source.find(b'\0')
    encoding, declared = cookie(source)
    if at < 0:
        if encoding and source[:3] == BOM and not encoding.lower().startswith('utf'):
            return declared, 0
        try:
            source.decode(encoding or 'utf-8')
        except UnicodeDecodeError as e:
            at = e.start
        except Exception:
            return declared, 0
        if at < 0:
            return 0, 0
    before = source[:at].replace(b'\r\n', b'\n').replace(b'\r', b'\n')
    start = before.rfind(b'\n') + 1
    head = before[start:]
    if start == 0 and head[:3] == BOM:
        head = head[3:]
    return before.count(b'\n') + 1, len(head.decode('utf-8', 'replace')) + 1


# No file has this name, on any system. Faults are reported from a compilation
# under it, because CPython opens the file that a source claims to be in order to
# quote it, and counts columns in what it finds there.
NOWHERE = '/dev/null/<source>'


# How deep a source may nest depends, up to 3.13, on how deep the interpreter is
# when it calls compile(). These many calls more, and it is as deep as under
# python -m py_compile (a conformance test compares). Since 3.12 it is calls by
# way of C that count: map makes one, and so does __call__.
FROM_C = sys.version_info >= (3, 12)
LEVELS = 1 if FROM_C else 4 if sys.version_info >= (3, 11) else 3
COMPILE = compile.__call__ if FROM_C else compile


def deeper(levels, source, filename, optimize):
    if not levels:
        return COMPILE(source, filename, 'exec', dont_inherit=True, optimize=optimize)
    if FROM_C:
        for code in map(deeper, (levels - 1,), (source,), (filename,), (optimize,)):
            return code
    return deeper(levels - 1, source, filename, optimize)


def translate(source, filename, optimize):
    return deeper(LEVELS, source, filename, optimize)


def again(source, optimize, e):
    """The SyntaxError e as it is under the name that no file has."""
    if (3, 9) <= sys.version_info < (3, 13) and sys.implementation.name == 'cpython' and not source.isascii():
        # These count bytes unless the source declares an encoding. A byte-order
        # mark does, and moves nothing.
        try:
            source.decode('utf-8')
            if cookie(source)[0] is None and source[:3] != BOM:
                source = BOM + source
        except UnicodeDecodeError:
            pass
    try:
        translate(source, NOWHERE, optimize)
    except SyntaxError as e2:
        return e2
    except Exception:
        pass
    return e


def inside(quoted, line, offset):
    """A column of a replacement field, quoted alone between parentheses, as a
    column of its line; 0 where it cannot be told."""
    field = quoted.strip()[1:-1]
    if offset < 2 or not field or line.count(field) != 1:
        return 0
    return line.index(field) + offset - 1


def fault(e, source, filename):
    kind = type(e).__name__
    if not isinstance(e, SyntaxError):
        message = str(e)
        if isinstance(e, MemoryError) and not message:
            message = 'the source is nested too deeply for the parser, or memory ran out'
        elif isinstance(e, RecursionError):
            # The words differ by how much stack the machine gives.
            message = 'maximum recursion depth exceeded during compilation'
        line, col = undecodable(source) if isinstance(e, ValueError) else (0, 0)
        return record(kind, message, line, col, 0, 0, Lines(source)[line])
    message = e.msg if isinstance(e.msg, str) else str(e)
    message = message.replace(' in file ' + NOWHERE, '').replace(NOWHERE, filename)
    line, col = e.lineno or 0, e.offset or 0
    end_line, end_col = getattr(e, 'end_lineno', 0) or 0, getattr(e, 'end_offset', 0) or 0
    quoted = e.text.rstrip('\r\n') if isinstance(e.text, str) else None
    if e.filename == '<fstring>':
        # 3.8 counts lines and columns from the start of a replacement field, and
        # says nothing about where that is.
        if not message.startswith('f-string'):
            message = 'f-string: ' + message
        return record(kind, message, 0, 0, 0, 0, quoted or '')
    if line <= 0:
        line, col = undecodable(source)
        end_line = end_col = 0
    lines = Lines(source)
    text = lines[line]
    if end_line <= 0 or end_col <= 0 or end_line < line:
        end_line = end_col = 0
    if quoted is None:
        # The parser quotes the line and counts characters; what comes after it
        # would read the line from the file, and counts bytes.
        col = columns(text, col)
        end_col = columns(lines[end_line], end_col)
    elif quoted[:1] == '(' and message.startswith('f-string') and quoted not in text:
        # Up to 3.11 the column is that of the replacement field.
        col, end_col = inside(quoted, text, col), inside(quoted, text, end_col)
        if not col or not end_col:
            end_line = end_col = 0
    return record(kind, message, line, col, end_line, end_col, text)


class Remarks:
    """What the compiler warned of. Until something does, any warning is made an
    error, so that files without one need no "warnings" module."""

    def __init__(self):
        self.module = None
        self.seen = []

    def hush(self):
        import _warnings
        if 'warnings' in sys.modules:
            self.listen()
            return
        _warnings.filters[:] = [('ignore', None, c, None, 0) for c in self.ignored()]
        _warnings.filters.append(('error', None, Warning, None, 0))

    def listen(self):
        if self.module is None:
            import warnings
            warnings.resetwarnings()
            warnings.simplefilter('always')
            for category in self.ignored():
                warnings.simplefilter('ignore', category)
            warnings.showwarning = self.show
            self.module = warnings

    def ignored(self):
        # Python's own defaults, for code that is not __main__.
        return (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)

    def show(self, message, category, filename, lineno, file=None, line=None):
        remark = (category.__name__, str(message), lineno)
        if len(self.seen) < 1000 and remark not in self.seen:
            self.seen.append(remark)

    def pack(self, source):
        lines = Lines(source)
        seen, self.seen = self.seen, []
        return pack(len(seen)) + b''.join(
            record(kind, message, line, 0, 0, 0, lines[line]) for kind, message, line in seen)


def answer(source, filename, optimize, remarks, dumps):
    """The body of a reply, in parts."""
    try:
        try:
            code = translate(source, filename, optimize)
        except Exception:
            if remarks.module is not None:
                raise
            remarks.listen()
            code = translate(source, filename, optimize)
        data = dumps(code)
    except Exception as e:
        if isinstance(e, SyntaxError):
            e = again(source, optimize, e)
        remarks.seen = []
        return b'F', fault(e, source, filename)
    return b'C', (remarks.pack(source) if remarks.seen else b'\0\0\0\0'), data


def serve():
    try:
        import posix as system
    except ImportError:
        import nt as system
    # What anything else prints must not get between frames.
    out = system.dup(1)
    system.dup2(2, 1)
    if hasattr(system, 'O_BINARY'):
        import msvcrt
        msvcrt.setmode(0, system.O_BINARY)
        msvcrt.setmode(out, system.O_BINARY)
    system.write(out, greeting())
    if sys.version_info < (3, 8):
        return

    import gc
    import io
    from marshal import dumps
    try:
        from _signal import SIG_DFL, SIGALRM, alarm, signal
        signal(SIGALRM, SIG_DFL)
    except ImportError:
        alarm = None
    remarks = Remarks()
    remarks.hush()
    # Compiling makes no cycles, but for the tracebacks of faults.
    gc.disable()
    compiled = 0

    read = io.open(0, 'rb', 1 << 18, closefd=False).read
    reply = io.open(out, 'wb', 1 << 18)
    ready = []  # replies to the requests of a batch, until all of it was read
    while True:
        head = read(28)
        if len(head) < 28:
            return
        if head[:4] != b'PcQ1':
            sys.stderr.write('precompile worker: not a request\n')
            sys.exit(3)
        filename = read(number(head, 20))
        source = read(number(head, 24))
        if len(source) != number(head, 24):
            return
        filename = filename.decode('utf-8', 'surrogateescape')
        if alarm and not ready:
            # The kernel's own clock: it ends this process even if the pool is
            # gone and the compiler hangs.
            alarm(number(head, 12))
        parts = answer(source, filename, number(head, 8), remarks, dumps)
        ready.append(b'PcA1' + head[4:8] + pack(sum(map(len, parts))))
        ready += parts
        compiled += len(source)
        parts = source = None
        if number(head, 16):
            continue
        for part in ready:
            reply.write(part)
        reply.flush()
        ready = []
        part = None
        if alarm:
            alarm(0)
        if compiled > 1 << 25:
            compiled = 0
            gc.collect()


try:
    serve()
except (OSError, KeyboardInterrupt):
    pass  # the pool is gone
