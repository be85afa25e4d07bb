# Athanor in a container: NVIDIA's CUDA 12 libraries with cuDNN, a Java 25 runtime, and the command `athanor`.
#
#   docker build -t athanor .
#   docker run --rm --gpus all athanor train          trains on the GPU; without --gpus it says so and uses the CPU
#   docker run --rm -v "$PWD:/workspace" --user "$(id -u):$(id -g)" athanor train --out run     keeps the model
#
# The images it builds on can be replaced, e.g. --build-arg RUNTIME_IMAGE=ubuntu:24.04 for an image for CPUs alone.
ARG BUILD_IMAGE=maven:3.9-eclipse-temurin-25
ARG RUNTIME_IMAGE=nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04

# ---- the jars, and a Java runtime with the modules they use

FROM ${BUILD_IMAGE} AS build
WORKDIR /source
COPY . .
# Natives of other systems than the image's stay behind.
RUN --mount=type=cache,target=/m2 mvn -B -q -Dmaven.repo.local=/m2 -pl cli -am -Dmaven.test.skip=true package \
 && mkdir -p /image/opt/athanor \
 && cp -a athanor LICENSE THIRD-PARTY.md cli/target/lib /image/opt/athanor/ \
 && rm -f /image/opt/athanor/lib/*-windows-*.jar /image/opt/athanor/lib/*-macosx-*.jar
RUN "$JAVA_HOME/bin/jlink" --output /image/opt/java/athanor --no-header-files --no-man-pages --compress zip-6 \
      --generate-cds-archive --add-modules \
      java.base,java.desktop,java.logging,java.management,java.net.http,java.xml,jdk.incubator.vector,jdk.jfr,jdk.unsupported,jdk.zipfs

# ---- the image

FROM ${RUNTIME_IMAGE}
# libgomp: oneDNN's threads. The fonts: labels of pictures.
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends libgomp1 fontconfig fonts-dejavu-core \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /image /
# A home for any user, also for the one that `--user` names: caches of unpacked natives and of compiled kernels.
ENV HOME=/home/athanor LANG=C.UTF-8 PATH=/opt/athanor:$PATH
# The start-up cache is made here, since the image's user may not write into /opt.
RUN useradd --system --uid 10001 --no-create-home --home-dir /home/athanor athanor \
 && mkdir -p /workspace /home/athanor && chmod 1777 /home/athanor && chown athanor /workspace \
 && HOME=/tmp/build-home athanor info --help > /dev/null && test -s /opt/athanor/start.aot && rm -rf /tmp/* /opt/athanor/cache.log
USER athanor
WORKDIR /workspace
ENTRYPOINT ["athanor"]
CMD ["--help"]
