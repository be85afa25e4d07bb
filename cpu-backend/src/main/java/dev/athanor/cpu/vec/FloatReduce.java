package dev.athanor.cpu.vec;

import dev.athanor.backend.CallRecorder;
import dev.athanor.backend.ReduceOp;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;

/**
 * One float32 reduction. Where neighbours in memory belong to one result it goes along rows, in pieces of at most {@value #PIECE}
 * elements; where they belong to different results it goes down columns, in blocks of {@value #LINES} lines. Sums of pieces and
 * blocks are added in float64, in order, so the error of a long sum is that of a short one. It can be run again and again, by one
 * thread at a time.
 */
final class FloatReduce implements CallRecorder.Call {
  private static final int PIECE = 4096;
  private static final int LINES = 256;
  private static final int COLUMNS = 1024;
  /** Elements a thread should take at least. */
  private static final long GRAIN = 16384;

  private final WorkPool pool;
  private final ReduceOp op;
  private final Fold fold;
  private final Loops kept;
  private final Loops gone;
  private final long outputs;
  private final long each;
  private final long x;
  private final long out;
  /** For the calling thread, and for the chunk of a job that is not shared. */
  private final long[] own;
  /** The column sums of the blocks. */
  private long parts;
  private Job job;

  FloatReduce(WorkPool pool, ReduceOp op, Reduce.Split split, long x, long out) {
    this.pool = pool;
    this.op = op;
    this.kept = split.kept();
    this.gone = split.gone();
    this.outputs = split.outputs();
    this.each = split.each();
    this.x = x;
    this.out = out;
    this.own = new long[Math.max(kept.dims.length, gone.dims.length)];
    this.fold = switch (op) {
      case SUM, MEAN -> Folds.SUM;
      case PROD -> Folds.PROD;
      case MAX -> Folds.MAX;
      case MIN -> Folds.MIN;
      case ANY, ALL -> throw new IllegalArgumentException(op + " reduces bools");
    };
  }

  /** Chunks that the pool shares. */
  private record Job(int chunks, WorkPool.Task task) {
    void run(WorkPool pool) {
      pool.parallelFor(chunks, task);
    }
  }

  @Override
  public void run() {
    if (kept.strides[0][kept.rank - 1] == 1 && kept.inner() > 1) {
      columns();
    } else {
      rows();
    }
  }

  private double neutral() {
    return op == ReduceOp.PROD ? 1 : op == ReduceOp.MAX ? Double.NEGATIVE_INFINITY
        : op == ReduceOp.MIN ? Double.POSITIVE_INFINITY : 0;
  }

  private float finish(double total) {
    return (float) (op == ReduceOp.MEAN ? total / each : total);
  }

  // ---- along rows

  private void rows() {
    if (job != null) {
      job.run(pool);
      return;
    }
    boolean direct = gone.strides[0][gone.rank - 1] == 1 && (gone.rank == 1 || gone.inner() >= 64);
    long run = direct ? gone.inner() : each;
    long piecesPerRun = (run + PIECE - 1) / PIECE;
    long pieces = each / run * piecesPerRun;
    if (outputs * each < 2 * GRAIN || pieces == 1 || outputs >= 16) {
      long perChunk = Math.max(1, Math.max(GRAIN / each, outputs / 64));
      if (outputs * each < 2 * GRAIN) {
        perChunk = outputs;
      }
      long size = perChunk;
      int chunks = (int) ((outputs + size - 1) / size);
      WorkPool.Task task = chunk -> {
        long[] at = chunks == 1 ? own : new long[kept.dims.length];
        kept.locate(chunk * size, kept.rank, at);
        for (long i = chunk * size; i < Math.min(outputs, (chunk + 1) * size); i++) {
          double total = neutral();
          for (long piece = 0; piece < pieces; piece++) {
            total = Reduce.merge(op, total, piece(x + 4 * kept.offset(0, kept.rank, at), piece, run, piecesPerRun, direct));
          }
          Memory.putFloat(out + 4 * kept.offset(1, kept.rank, at), finish(total));
          kept.advance(kept.rank, at);
        }
      };
      job = new Job(chunks, task);
      job.run(pool);
      return;
    }
    // Few results of many elements: the pieces are shared out, and merged here.
    long[] at = new long[kept.dims.length];
    long group = Math.max(1, pieces / 256);
    for (long i = 0; i < outputs; i++) {
      long from = x + 4 * kept.offset(0, kept.rank, at);
      long parts = Scratch.take(Scratch.ROWS, pieces * 4);
      pool.parallelFor((int) ((pieces + group - 1) / group), chunk -> {
        for (long piece = chunk * group; piece < Math.min(pieces, (chunk + 1) * group); piece++) {
          Memory.putFloat(parts + 4 * piece, piece(from, piece, run, piecesPerRun, direct));
        }
      });
      double total = neutral();
      for (long piece = 0; piece < pieces; piece++) {
        total = Reduce.merge(op, total, Memory.getFloat(parts + 4 * piece));
      }
      Memory.putFloat(out + 4 * kept.offset(1, kept.rank, at), finish(total));
      kept.advance(kept.rank, at);
    }
  }

  private float piece(long from, long piece, long run, long piecesPerRun, boolean direct) {
    long start = piece % piecesPerRun * PIECE;
    int n = (int) Math.min(PIECE, run - start);
    if (direct) {
      long at = from + 4 * start;
      if (gone.rank > 1) {
        long row = piece / piecesPerRun;
        for (int axis = gone.rank - 2; axis >= 0; axis--) {
          at += 4 * (row % gone.dims[axis]) * gone.strides[0][axis];
          row /= gone.dims[axis];
        }
      }
      return fold.row(at, at, n, 0);
    }
    long scratch = Scratch.take(Scratch.OPERANDS, 4L * PIECE);
    long[] index = new long[gone.dims.length];
    gone.locate(start, gone.rank, index);
    Strided.gather(gone, 0, index, from, scratch, n, 4);
    return fold.row(scratch, scratch, n, 0);
  }

  // ---- down columns

  private void columns() {
    long width = kept.inner();
    int outerKept = kept.rank - 1;
    long planes = outputs / width;
    long strips = (width + COLUMNS - 1) / COLUMNS;
    long blocks = (each + LINES - 1) / LINES;
    parts = Scratch.take(Scratch.ROWS, planes * blocks * width * 4);
    if (job == null) {
      job = columnJob(width, planes, strips, blocks);
    }
    job.run(pool);
    long[] index = own;
    long step = 4 * kept.strides[1][kept.rank - 1];
    for (long plane = 0; plane < planes; plane++) {
      kept.locate(plane, outerKept, index);
      long to = out + 4 * kept.offset(1, outerKept, index);
      long first = parts + 4 * plane * blocks * width;
      for (long i = 0; i < width; i++) {
        double total = neutral();
        for (long block = 0; block < blocks; block++) {
          total = Reduce.merge(op, total, Memory.getFloat(first + 4 * (block * width + i)));
        }
        Memory.putFloat(to + i * step, finish(total));
      }
    }
  }

  private Job columnJob(long width, long planes, long strips, long blocks) {
    int outerKept = kept.rank - 1;
    long tasks = planes * strips * blocks;
    long cost = Math.min(width, COLUMNS) * Math.min(each, LINES);
    long group = outputs * each < 2 * GRAIN ? tasks : Math.max(1, Math.max(GRAIN / cost, tasks / 256));
    int chunks = (int) ((tasks + group - 1) / group);
    return new Job(chunks, chunk -> {
      long[] index = chunks == 1 ? own : new long[Math.max(kept.dims.length, gone.dims.length)];
      for (long task = chunk * group; task < Math.min(tasks, (chunk + 1) * group); task++) {
        long block = task % blocks;
        long strip = task / blocks % strips;
        long plane = task / blocks / strips;
        kept.locate(plane, outerKept, index);
        long from = x + 4 * (kept.offset(0, outerKept, index) + strip * COLUMNS);
        int n = (int) Math.min(COLUMNS, width - strip * COLUMNS);
        block(from, block * LINES, Math.min(each, (block + 1) * LINES), n,
            parts + 4 * ((plane * blocks + block) * width + strip * COLUMNS), index);
      }
    });
  }

  /** Lines {@code from … to − 1} of the axes that go, for {@code n} columns. */
  private void block(long base, long from, long to, int n, long part, long[] index) {
    int last = gone.rank - 1;
    gone.locate(from, gone.rank, index);
    boolean resume = false;
    for (long line = from; line < to; ) {
      long lines = Math.min(to - line, gone.dims[last] - index[last]);
      long at = base + 4 * gone.offset(0, gone.rank, index);
      fold.columns(at, 4 * gone.strides[0][last], at, 0, lines, n, 0, part, resume);
      resume = true;
      line += lines;
      index[last] += lines - 1;
      gone.advance(gone.rank, index);
    }
  }
}
