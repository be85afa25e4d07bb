// Arrays [outer, channels, inner] walked element by element with the channel at hand: NCHW has inner = H * W, channels-last and
// matrices have inner = 1.
#pragma once
#include "elementwise.cuh"

struct ChannelCursor {
  i64 channel, position, inner, channels;
  __device__ __forceinline__ ChannelCursor(i64 i, const Divisor& innerSize, const Divisor& channelCount)
      : inner(innerSize.value), channels(channelCount.value) {
    i64 row = divide(i, innerSize);
    position = i - row * inner;
    channel = row - divide(row, channelCount) * channels;
  }
  __device__ __forceinline__ void advance() {
    if (++position == inner) {
      position = 0;
      if (++channel == channels) channel = 0;
    }
  }
};

// out[i] = f(channel of i, in[i]...) for i in [0, n), with 16-byte accesses where the operands are aligned alike.
template <class F, class Out, class... In, bool... USED>
__device__ __forceinline__ void mapChannels(F f, Out* out, i64 n, const Divisor& inner, const Divisor& channels,
                                            Operand<In, USED>... in) {
  constexpr int V = perTurn<Out, In...>();
  i64 head = headOf<Out, V>(out);
  Cut k = cut(n, head, V, (in.template fits<V>(head) && ...));
#pragma unroll 1
  for (i64 v = globalThread(); v < k.vectors; v += globalThreads()) {
    i64 i = k.head + v * V;
    ChannelCursor cursor(i, inner, channels);
    Vec<Out, V> result;
    [&](const Vec<In, V>&... x) {
#pragma unroll
      for (int j = 0; j < V; j++) {
        result.at[j] = f(cursor.channel, x.at[j]...);
        cursor.advance();
      }
    }(in.template vector<V>(i)...);
    storeVec<Out, V>(out + i, result);
  }
  i64 rest = singles(k, n, V);
#pragma unroll 1
  for (i64 j = globalThread(); j < rest; j += globalThreads()) {
    i64 i = single(k, j, V);
    out[i] = f(ChannelCursor(i, inner, channels).channel, in.get(i)...);
  }
}

// A parameter per channel that may be absent.
template <class T>
__device__ __forceinline__ T orElse(const T* parameter, i64 channel, T absent) {
  return parameter == nullptr ? absent : parameter[channel];
}
