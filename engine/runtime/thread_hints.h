// What a thread asks of the kernel: which core, and how soon it wants it. A refusal costs speed
// only, so none of these tells.
#pragma once

namespace millrace {

/// Pins the calling thread to a core, counted over those the process may use and wrapping around.
void pin(int core);

/// The calling thread works in short bursts that somebody waits for: when it wakes it gets a core
/// at once from threads of longer slices, such as a snapshot's, whatever their niceness has left
/// them to run. Kernels before 6.12 know no slices of a thread's own.
void work_in_short_slices();

/// The calling thread gets little processor time where others want it, but never none: whoever
/// starved while holding the process's memory map lock would stop the live engine with it.
void work_behind_others();

}  // namespace millrace
