# Nothing but the binary and the sources: no shell, no libraries, no Python.
FROM scratch
COPY precompile /precompile
COPY sources /sources
ENV PATH=
WORKDIR /
RUN ["/precompile", "-q", "--python", "3.13", "--ignore-errors", "*", "sources"]
RUN ["/precompile", "-q", "--python", "3.14", "sources"]
