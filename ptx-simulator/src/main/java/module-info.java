/**
 * A machine that runs PTX on the CPU and checks every access: bounds, alignment, reads of memory nobody wrote, races, divergent
 * barriers and shuffles. See {@link dev.athanor.ptx.SimDevice} for the way in.
 */
module dev.athanor.ptx.simulator {
  exports dev.athanor.ptx;
}
