"""Tree ensembles: eight trees walk in step without a branch on data.

The two children of a node lie side by side, so a step is `first + (value > threshold)`. A leaf
points at itself through a row slot that holds minus infinity, and keeps its value in `threshold`.
Every group of eight walks as deep as its deepest tree. Leaves are added in the order of the trees.
Worst case: one deep tree among shallow ones costs its group the full depth.
"""

from libc.stdint cimport int32_t
from tickpath.hot.model.dense cimport link_sigmoid

cdef enum:
    TREE_LANES = 8

cdef struct TreeNode:
    double threshold              # leaf: its value
    int32_t feature               # leaf: the width, a slot that holds minus infinity
    int32_t first                 # left child, the right one follows; leaf: itself

cdef struct TreesState:
    int32_t tree_count
    int32_t average               # 1: the sum is divided by the number of trees
    int32_t sigmoid               # 1: the score is the sigmoid of the sum
    int32_t reserved
    double base
    const TreeNode* nodes
    const int32_t* roots          # padded to TREE_LANES with the root of the first tree
    const int32_t* depths         # of each group of TREE_LANES
    double* row                   # scratch: the row, then minus infinity


cdef inline double trees_score(
    const TreesState* s, const double* values, int32_t width
) noexcept nogil:
    """base + sum of the leaves (or their average), or its sigmoid."""
    cdef const TreeNode* nodes = s.nodes
    cdef double* row = s.row
    cdef int32_t at[TREE_LANES]
    cdef double total = 0.0
    cdef int32_t tree
    cdef int32_t lane
    cdef int32_t step
    cdef int32_t lanes
    for lane in range(width):
        row[lane] = values[lane]
    tree = 0
    while tree < s.tree_count:
        for lane in range(TREE_LANES):
            at[lane] = s.roots[tree + lane]
        for step in range(s.depths[tree // TREE_LANES]):
            for lane in range(TREE_LANES):
                at[lane] = nodes[at[lane]].first + <int32_t>(
                    row[nodes[at[lane]].feature] > nodes[at[lane]].threshold
                )
        lanes = s.tree_count - tree
        if lanes > TREE_LANES:
            lanes = TREE_LANES
        for lane in range(lanes):
            total += nodes[at[lane]].threshold
        tree += TREE_LANES
    if s.average:
        total = total / <double>s.tree_count
    total = s.base + total
    return link_sigmoid(total) if s.sigmoid else total
