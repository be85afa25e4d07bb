package dev.athanor.backend;

import java.util.List;

/** Offers one kind of device. Found by {@link java.util.ServiceLoader}; see {@link Backends}. */
public interface BackendProvider {
  /** The name users choose: {@code cpu}, {@code cuda}. Lower case, no colon. */
  String name();

  /** The preference of {@code auto}: the usable provider with the highest rank is taken. Negative: never by {@code auto}. */
  int rank();

  /** Whether the device can be used here. Quick, prints nothing, never throws. */
  Availability probe();

  /**
   * The parts that this kind of device is made of (drivers, libraries, each device), with versions, files and what is wrong with
   * them. May take longer than {@link #probe}, but asks for nothing where that already found the machine without such a device;
   * never throws.
   */
  default List<Finding> examine() {
    return List.of();
  }

  /**
   * Opens the device. Called only after {@link #probe} said usable.
   *
   * @param index which of several devices, from 0 ({@code cuda:1} asks for 1)
   * @throws dev.athanor.AthanorException if there is no such index
   */
  Backend open(int index);
}
