# An image of the executable and what it loads, for `docker run --read-only`: jobs, checkpoints and outputs are below /data.
#
#   docker build -t nightshift --build-arg COMMIT="$(git rev-parse --short=12 HEAD)" .
#   docker run --rm --read-only --tmpfs /tmp -v "$PWD:/data" -e REPLICATE_API_TOKEN nightshift run portraits.yaml
FROM swift:6.2-bookworm AS build
RUN apt-get update -q \
    && apt-get install -yq --no-install-recommends binutils libsqlite3-dev libyaml-dev zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The packages alone first, so that an edit of a source fetches nothing again.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
COPY examples examples
ARG COMMIT=
RUN export NIGHTSHIFT_COMMIT="$COMMIT" \
    && NIGHTSHIFT_TOOLCHAIN="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)" \
    && export NIGHTSHIFT_TOOLCHAIN \
    && swift build -c release --static-swift-stdlib --traits Engine,Observability --product nightshift \
    && strip --strip-all -o /nightshift "$(swift build -c release --show-bin-path)/nightshift"

FROM debian:12-slim
RUN apt-get update -q \
    && apt-get install -yq --no-install-recommends ca-certificates libsqlite3-0 libstdc++6 libyaml-0-2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 1000 -g 1000 /data
COPY --from=build /nightshift /usr/bin/nightshift
COPY LICENSE /usr/share/doc/nightshift/LICENSE
# What runs share of an account's rate goes where the jobs are, because nothing else can be written.
ENV NIGHTSHIFT_ACCOUNT_DIRECTORY=/data/.account
USER 1000:1000
WORKDIR /data
VOLUME /data
ENTRYPOINT ["/usr/bin/nightshift"]
CMD ["--help"]
