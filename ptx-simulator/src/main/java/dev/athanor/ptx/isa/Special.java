package dev.athanor.ptx.isa;

import java.util.Map;

/** Special registers with a value that is fixed while a block runs. */
public enum Special {
  /** Thread in the block. */
  TID_X, TID_Y, TID_Z,
  /** Extent of the block. */
  NTID_X, NTID_Y, NTID_Z,
  /** Block in the grid. */
  CTAID_X, CTAID_Y, CTAID_Z,
  /** Extent of the grid. */
  NCTAID_X, NCTAID_Y, NCTAID_Z,
  /** Lane in the warp. */
  LANEID,
  /** Warp in the block, and their number. */
  WARPID, NWARPID,
  /** Masks of lanes compared with one's own. */
  LANEMASK_EQ, LANEMASK_LT, LANEMASK_LE, LANEMASK_GT, LANEMASK_GE,
  /** Always 32. */
  WARP_SZ,
  /** Multiprocessor, and their number: 0 of 1. */
  SMID, NSMID,
  /** Number of the grid: 0. */
  GRIDID,
  /** Shared memory of the block in bytes: that given at launch, and all of it. */
  DYNAMIC_SMEM_SIZE, TOTAL_SMEM_SIZE;

  private static final Map<String, Special> BY_NAME = Map.ofEntries(
      Map.entry("%tid.x", TID_X), Map.entry("%tid.y", TID_Y), Map.entry("%tid.z", TID_Z),
      Map.entry("%ntid.x", NTID_X), Map.entry("%ntid.y", NTID_Y), Map.entry("%ntid.z", NTID_Z),
      Map.entry("%ctaid.x", CTAID_X), Map.entry("%ctaid.y", CTAID_Y), Map.entry("%ctaid.z", CTAID_Z),
      Map.entry("%nctaid.x", NCTAID_X), Map.entry("%nctaid.y", NCTAID_Y), Map.entry("%nctaid.z", NCTAID_Z),
      Map.entry("%laneid", LANEID), Map.entry("%warpid", WARPID), Map.entry("%nwarpid", NWARPID),
      Map.entry("%lanemask_eq", LANEMASK_EQ), Map.entry("%lanemask_lt", LANEMASK_LT), Map.entry("%lanemask_le", LANEMASK_LE),
      Map.entry("%lanemask_gt", LANEMASK_GT), Map.entry("%lanemask_ge", LANEMASK_GE), Map.entry("WARP_SZ", WARP_SZ),
      Map.entry("%smid", SMID), Map.entry("%nsmid", NSMID), Map.entry("%gridid", GRIDID),
      Map.entry("%dynamic_smem_size", DYNAMIC_SMEM_SIZE), Map.entry("%total_smem_size", TOTAL_SMEM_SIZE));

  /** The register of that name, or null. */
  static Special of(String name) {
    return BY_NAME.get(name);
  }
}
