package dev.athanor.cuda;

import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.NotCapturableException;
import dev.athanor.backend.Replay;

/**
 * Records into CUDA graphs: while the stream captures, each call runs as ever, and the driver takes down what it would have
 * launched. Each stretch of calls is one graph, and its replay one launch.
 */
final class CudaRecorder extends CallRecorder {
  private final CudaStream stream;
  private int calls;

  CudaRecorder(CudaBackend backend, FusedOps ops) {
    super(backend, ops);
    stream = backend.stream();
    stream.beginCapture();
  }

  @Override
  protected void call(Call call) {
    calls++;
    try {
      call.run();
    } catch (NotCapturableException e) {
      throw refuse(e.getMessage());
    } catch (CudaException e) {
      throw refuse("the driver says: " + e.getMessage());
    }
  }

  private NotCapturableException refuse(String why) {
    return refuse("the latest operation on this device", why);
  }

  @Override
  public Replay cut() {
    Capture capture = stream.endCapture(calls);
    calls = 0;
    stream.beginCapture();
    return new GraphReplay(stream, capture);
  }

  @Override
  public void end() {
    stream.abandonCapture();
  }

  /** One launch of a graph. */
  private record GraphReplay(CudaStream stream, Capture capture) implements Replay {
    @Override
    public void run() {
      stream.replay(capture);
    }

    @Override
    public int calls() {
      return capture.calls;
    }

    @Override
    public void close() {
      stream.discard(capture);
    }
  }
}
