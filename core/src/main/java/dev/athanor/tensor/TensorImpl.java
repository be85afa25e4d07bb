package dev.athanor.tensor;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Node;

/** The one implementation: a storage, a layout over it, and a place in the graph. */
final class TensorImpl implements Tensor {
  private final Storage storage;
  private final View view;
  private Node node;
  private volatile boolean closed;
  /** Whose scope closed it, for the message. */
  private boolean closedByScope;
  /** The scope that owns this tensor, or null. */
  Scope scope;

  private TensorImpl(Storage storage, View view, Node node) {
    this.storage = storage;
    this.view = view;
    this.node = node;
  }

  /** A tensor over a fresh storage, owned by the current scope, else by the garbage collector. */
  static TensorImpl create(Storage storage, View view) {
    TensorImpl t = new TensorImpl(storage, view, null);
    Scope s = Scope.current(storage.device);
    if (s != null) {
      s.add(t);
    } else {
      storage.guard();
    }
    return t;
  }

  /** Another tensor over the same storage, in the current scope. */
  static TensorImpl share(Storage storage, View view, Node node) {
    storage.retain();
    TensorImpl t = new TensorImpl(storage, view, node);
    Scope s = Scope.current(storage.device);
    if (s != null) {
      s.add(t);
    }
    return t;
  }

  /** Another tensor over the same storage that no scope owns: the caller closes it. */
  static TensorImpl shareUnowned(Storage storage, View view, Node node) {
    storage.retain();
    return new TensorImpl(storage, view, node);
  }

  Storage storage() {
    return storage;
  }

  @Override
  public Shape shape() {
    return view.shape();
  }

  @Override
  public DType dtype() {
    return view.dtype();
  }

  @Override
  public Device device() {
    return storage.device;
  }

  @Override
  public View view() {
    if (closed) {
      throw useAfterClose();
    }
    return view;
  }

  private AthanorException useAfterClose() {
    String made = storage.place != null ? "made at " + Places.show(storage.place)
        : "made by " + storage.origin + " (start Java with -Dathanor.track.creation=true to see where)";
    return new AthanorException("use of a closed tensor: " + dtype() + shape() + ", " + made + ", was closed "
        + (closedByScope ? "with its scope; scope.keep(tensor) or tensor.persist() lets it live on" : "by close()"));
  }

  @Override
  public Tensor alias(View layout) {
    return share(open(), layout, null);
  }

  @Override
  public Tensor detach() {
    return share(open(), view, null);
  }

  private Storage open() {
    view();
    return storage;
  }

  @Override
  public Tensor unownedAlias() {
    return shareUnowned(open(), view, node);
  }

  @Override
  public Tensor persist() {
    view();
    if (scope != null) {
      scope.forget(this);
    }
    storage.guard();
    return this;
  }

  @Override
  public Node node() {
    return node;
  }

  @Override
  public void attach(Node graphNode) {
    this.node = graphNode;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isExclusive() {
    return storage.isExclusive();
  }

  @Override
  public int version() {
    return storage.version();
  }

  @Override
  public String lastChange() {
    return storage.lastChange();
  }

  @Override
  public void changed(String op) {
    storage.changed(op);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      storage.release();
    }
  }

  /** Closed by its scope, which the message of a later use will say. */
  void closeWithScope() {
    if (!closed) {
      closedByScope = true;
      closed = true;
      storage.release();
    }
  }

  @Override
  public String toString() {
    return Printer.print(this);
  }
}
