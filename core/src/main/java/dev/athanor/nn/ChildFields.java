package dev.athanor.nn;

import dev.athanor.AthanorException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Finds the layers in the fields of a layer, so that a subclass need not register them. */
final class ChildFields {
  private ChildFields() {}

  /** Adds the layers in the fields of {@code owner} to its children: superclasses first, fields in the order of the source. */
  static void find(Layer owner, Map<String, Layer> children) {
    Deque<Class<?>> classes = new ArrayDeque<>();
    for (Class<?> c = owner.getClass(); c != Layer.class; c = c.getSuperclass()) {
      classes.push(c);
    }
    for (Class<?> c : classes) {
      for (Field f : c.getDeclaredFields()) {
        int modifiers = f.getModifiers();
        if (!Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers) && !f.isSynthetic() && mayHold(f.getType())) {
          add(children, owner, f.getName(), value(owner, f, children));
        }
      }
    }
  }

  private static boolean mayHold(Class<?> type) {
    return Layer.class.isAssignableFrom(type) || List.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type)
        || type.isArray() && Layer.class.isAssignableFrom(type.getComponentType());
  }

  private static Object value(Layer owner, Field f, Map<String, Layer> children) {
    try {
      f.setAccessible(true);
      return f.get(owner);
    } catch (InaccessibleObjectException e) {
      if (!children.isEmpty() || !Layer.class.isAssignableFrom(f.getType())) {
        return null; // its author registers children by hand
      }
      Class<?> c = f.getDeclaringClass();
      throw new AthanorException("layer: the field '" + f.getName() + "' of " + c.getName() + " cannot be read: write 'opens "
          + c.getPackageName() + " to dev.athanor.core' in the module-info of " + c.getModule().getName()
          + ", or register it with child(\"" + f.getName() + "\", …)", e);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void add(Map<String, Layer> children, Layer owner, String name, Object value) {
    switch (value) {
      case null -> { }
      case Layer layer -> {
        if (layer != owner && children.values().stream().noneMatch(c -> c == layer)) {
          Layer other = children.putIfAbsent(name, layer);
          if (other != null) {
            throw new AthanorException("layer: " + owner.getClass().getSimpleName() + " has two children '" + name
                + "': a superclass, or child(\"" + name + "\", …), holds another; rename the field");
          }
        }
      }
      case Collection<?> list -> {
        int i = 0;
        for (Object each : list) {
          add(children, owner, name + "." + i++, each instanceof Layer ? each : null);
        }
      }
      case Map<?, ?> map -> map.forEach((key, each) ->
          add(children, owner, name + "." + key, each instanceof Layer ? each : null));
      case Layer[] array -> {
        for (int i = 0; i < array.length; i++) {
          add(children, owner, name + "." + i, array[i]);
        }
      }
      default -> { }
    }
  }
}
