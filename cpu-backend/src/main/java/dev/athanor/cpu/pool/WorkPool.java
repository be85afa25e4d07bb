package dev.athanor.cpu.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed set of threads that share the chunks of one job at a time. The caller cuts the job into chunks by the size of the
 * problem alone, never by the number of threads; which thread runs a chunk is left to chance, so a chunk must not depend on
 * it. That is what makes results the same bits on 1 core and on 64.
 *
 * <p>Workers spin for some microseconds after a job, since the next one usually follows at once, then park. A call allocates
 * nothing and takes no lock. A call from inside a job, or while another thread's job runs, executes its chunks itself, in order.
 */
public final class WorkPool implements AutoCloseable {
  /** A job: one call for each chunk. */
  @FunctionalInterface
  public interface Task {
    /** Does chunk {@code chunk}; several chunks run at once, in any order, on any threads. */
    void run(int chunk);
  }

  private static final long WORKER_SPIN_NANOS = Long.getLong("athanor.cpu.spinMicros", 50) * 1000;
  private static final long CALLER_SPIN_NANOS = 50_000;
  private static final VarHandle TASK;

  static {
    try {
      TASK = MethodHandles.lookup().findVarHandle(WorkPool.class, "task", Task.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Worker[] workers;
  private final AtomicBoolean busy = new AtomicBoolean();
  /** The job's number in the high half, the chunks nobody has taken in the low half: a late worker cannot take another job's. */
  private final AtomicLong cursor = new AtomicLong();
  private final AtomicInteger pending = new AtomicInteger();
  private final AtomicInteger parked = new AtomicInteger();
  private Task task;
  private volatile Throwable failure;
  private volatile Thread waiting;
  private volatile boolean closed;

  /** A pool of {@code threads} threads, the caller being one of them. */
  public WorkPool(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads: " + threads + ", expected at least 1");
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  /** The number of threads that share a job, the caller among them. */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * Runs {@code task} for every chunk from 0 to {@code count - 1} and returns when all are done.
   *
   * @throws RuntimeException what the first failing chunk threw (also errors); the other chunks may or may not have run
   */
  public void parallelFor(int count, Task task) {
    if (count <= 1 || workers.length == 0 || !busy.compareAndSet(false, true)) {
      for (int i = 0; i < count; i++) {
        task.run(i);
      }
      return;
    }
    try {
      publish(count, task);
      drain();
      await();
      Throwable thrown = failure;
      if (thrown != null) {
        failure = null;
        WorkPool.<RuntimeException>rethrow(thrown);
      }
    } finally {
      this.task = null;
      busy.set(false);
    }
  }

  private void publish(int count, Task job) {
    TASK.setRelease(this, job);
    pending.set(count);
    long next = (cursor.get() >>> 32) + 1;
    cursor.set(next << 32 | count);
    if (parked.get() != 0) {
      int wanted = count - 1;
      for (Worker w : workers) {
        if (wanted == 0) {
          break;
        }
        if (w.isParked) {
          LockSupport.unpark(w);
        }
        wanted--; // a spinning worker takes a share too
      }
    }
  }

  /** Takes chunks, the last one first, until none is left. */
  private void drain() {
    while (true) {
      long c = cursor.get();
      int left = (int) c;
      if (left == 0) {
        return;
      }
      // While a chunk is not taken the job cannot end, so the task is this job's if the exchange succeeds.
      Task job = (Task) TASK.getAcquire(this);
      if (!cursor.compareAndSet(c, c - 1)) {
        continue;
      }
      try {
        job.run(left - 1);
      } catch (Throwable t) {
        failure = t;
      }
      if (pending.decrementAndGet() == 0) {
        Thread w = waiting;
        if (w != null) {
          LockSupport.unpark(w);
        }
      }
    }
  }

  private void await() {
    if (pending.get() == 0) {
      return;
    }
    long end = System.nanoTime() + CALLER_SPIN_NANOS;
    do {
      for (int i = 0; i < 32; i++) {
        Thread.onSpinWait();
        if (pending.get() == 0) {
          return;
        }
      }
    } while (System.nanoTime() < end);
    waiting = Thread.currentThread();
    boolean interrupted = false;
    while (pending.get() != 0) {
      LockSupport.parkNanos(this, 1_000_000);
      interrupted |= Thread.interrupted(); // an interrupt must not turn this into a busy loop
    }
    waiting = null;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void rethrow(Throwable t) throws T {
    throw (T) t;
  }

  /** Ends the workers; jobs submitted later run in the calling thread. */
  @Override
  public void close() {
    closed = true;
    for (Worker w : workers) {
      LockSupport.unpark(w);
    }
  }

  private final class Worker extends Thread {
    private volatile boolean isParked;

    Worker(int index) {
      super(null, null, "athanor-cpu-" + index, 0, false);
      setDaemon(true);
    }

    @Override
    public void run() {
      long seen = 0;
      while (!closed) {
        long job = cursor.get() >>> 32;
        if (job != seen) {
          seen = job;
          drain();
          continue;
        }
        idle(seen);
      }
    }

    private void idle(long seen) {
      long end = System.nanoTime() + WORKER_SPIN_NANOS;
      do {
        for (int i = 0; i < 32; i++) {
          Thread.onSpinWait();
          if (cursor.get() >>> 32 != seen) {
            return;
          }
        }
      } while (System.nanoTime() < end);
      isParked = true;
      parked.incrementAndGet();
      while (cursor.get() >>> 32 == seen && !closed) {
        LockSupport.park(WorkPool.this);
      }
      isParked = false;
      parked.decrementAndGet();
    }
  }
}
