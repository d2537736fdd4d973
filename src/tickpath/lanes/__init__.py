"""Thread and process crossings: journal, ring, slot, shared memory. Nothing else leaves the walk.

| lane | keeps | a slow reader |
| --- | --- | --- |
| ring | every record, in order, bounded | loses records, counted; or, not lossy, fails a push |
| slot | the last record only | reads a newer one |
| journal | every input and output of the walk, on disk | is not seen by the walk at all |
| shm | a ring or a slot in a file that processes map | as the ring or slot |

`batches` is what a worker at the other end of a ring runs: a batch on a device, or on the CPU.
"""
