/** The command {@code athanor}. */
module dev.athanor.cli {
  requires dev.athanor.core;
  requires dev.athanor.examples;
  requires info.picocli;
  requires java.management;

  exports dev.athanor.cli;

  opens dev.athanor.cli to info.picocli;
}
