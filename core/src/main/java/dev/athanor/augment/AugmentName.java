package dev.athanor.augment;

import dev.athanor.AthanorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Augmentations as text: names with an amount and a probability that may be left out, such as {@code flip,crop:4,rotate:10:0.5}.
 */
public enum AugmentName {
  /** {@link Affine#flip}; no amount. */
  FLIP("flip", "", 0.5, (_, p) -> Affine.flip().probability(p)),
  /** {@link Affine#flipVertical}; no amount. */
  FLIP_VERTICAL("flip-vertical", "", 0.5, (_, p) -> Affine.flipVertical().probability(p)),
  /** {@link Affine#rotate}. */
  ROTATE("rotate", "DEGREES", 10, (a, p) -> Affine.rotate(a).probability(p)),
  /** {@link Affine#scale}. */
  SCALE("scale", "SHARE", 0.1, (a, p) -> Affine.scale(a).probability(p)),
  /** {@link Affine#translate}. */
  TRANSLATE("translate", "SHARE", 0.1, (a, p) -> Affine.translate(a).probability(p)),
  /** {@link Affine#crop}. */
  CROP("crop", "PIXELS", 4, (a, p) -> Affine.crop(whole(a)).probability(p)),
  /** {@link Affine#shear}. */
  SHEAR("shear", "DEGREES", 10, (a, p) -> Affine.shear(a).probability(p)),
  /** {@link Noise}. */
  NOISE("noise", "DEVIATION", 0.1, Noise::new),
  /** {@link Tone#brightness}. */
  BRIGHTNESS("brightness", "AMOUNT", 0.2, (a, p) -> new Tone(a, 0, p)),
  /** {@link Tone#contrast}. */
  CONTRAST("contrast", "SHARE", 0.2, (a, p) -> new Tone(0, a, p)),
  /** {@link Erase}. */
  ERASE("erase", "PIXELS", 8, (a, p) -> new Erase(whole(a), 0, p));

  private interface Maker {
    Augmentation make(double amount, double probability);
  }

  private final String label;
  private final String amount;
  /** The amount, or where there is none the probability, if not given. */
  private final double usual;
  private final Maker maker;

  AugmentName(String label, String amount, double usual, Maker maker) {
    this.label = label;
    this.amount = amount;
    this.usual = usual;
    this.maker = maker;
  }

  /** The name as people write it, in small letters. */
  public String label() {
    return label;
  }

  /** Whether it is for images {@code [C, H, W]} alone. */
  public boolean isForImages() {
    return switch (this) {
      case FLIP, FLIP_VERTICAL, ROTATE, SCALE, TRANSLATE, CROP, SHEAR, ERASE -> true;
      case NOISE, BRIGHTNESS, CONTRAST -> false;
    };
  }

  /** Name and numbers, for a help text. */
  public String usage() {
    return label + (amount.isEmpty() ? "[:PROBABILITY]" : "[:" + amount + "[:PROBABILITY]]");
  }

  /** All of them with their numbers, for a help text. */
  public static String usages() {
    return Arrays.stream(values()).map(AugmentName::usage).collect(Collectors.joining(", "));
  }

  /**
   * Augmentations in the order they are named.
   *
   * @param text names with their numbers, divided by commas
   * @throws AthanorException if there is no such name, or a number does not suit it; says what is known
   */
  public static Augment parse(String text) {
    List<Augmentation> steps = new ArrayList<>();
    for (String one : text.split(",", -1)) {
      String[] parts = one.strip().split(":", -1);
      steps.add(named(parts[0]).make(one.strip(), Arrays.copyOfRange(parts, 1, parts.length)));
    }
    return new Augment(steps);
  }

  /** Whether a text that {@link #parse} takes names something for images alone. */
  public static boolean needsImages(String text) {
    return Arrays.stream(text.split(",")).anyMatch(one -> named(one.strip().split(":")[0]).isForImages());
  }

  private static AugmentName named(String name) {
    return Arrays.stream(values()).filter(a -> a.label.equals(name.toLowerCase(Locale.ROOT))).findFirst()
        .orElseThrow(() -> new AthanorException("there is no augmentation '" + name + "'; expected one of " + usages()));
  }

  private Augmentation make(String text, String[] numbers) {
    int most = amount.isEmpty() ? 1 : 2;
    if (numbers.length > most) {
      throw new AthanorException("augmentation '" + text + "': too many numbers; expected " + usage());
    }
    double[] given;
    try {
      given = Arrays.stream(numbers).mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      throw new AthanorException("augmentation '" + text + "': expected numbers, " + usage(), e);
    }
    double first = given.length > 0 ? given[0] : usual;
    return amount.isEmpty() ? maker.make(0, first) : maker.make(first, given.length > 1 ? given[1] : 1);
  }

  private static int whole(double amount) {
    if (amount != Math.rint(amount) || Math.abs(amount) > 1 << 16) {
      throw new AthanorException("augment: expected whole pixels, found " + amount);
    }
    return (int) amount;
  }
}
