#!/bin/sh
# Builds the PTX of the test kernels beside their sources. Needs nvcc (CUDA 13 was used); see README.md.
set -e
cd "$(dirname "$0")"
nvcc -arch=sm_75 -ptx math.cu -o math.ptx
nvcc -arch=sm_75 -ptx blocks.cu -o blocks.ptx
nvcc -arch=sm_80 -ptx halves.cu -o halves.ptx
