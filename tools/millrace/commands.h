// The subcommands of the millrace binary. Each adds itself to the application; when it is chosen it
// runs from its CLI11 callback and sets the exit code.
#pragma once

#include <CLI/CLI.hpp>

namespace millrace::tools {

/// Exit codes of every subcommand (docs/operations.md).
enum Exit : int {
  exit_ok = 0,
  exit_failed = 1,   ///< the command ran and what it checks does not hold
  exit_usage = 2,    ///< unusable flags, environment or configuration file
  exit_input = 3,    ///< a network, order or other input file is wrong
  exit_journal = 4,  ///< the journal or a snapshot is damaged or belongs to another network
  exit_disk = 5,     ///< a write or sync failed, or the disk is full
  exit_network = 6,  ///< cannot listen or connect
};

void add_serve(CLI::App& app, int& exit_code);
void add_load(CLI::App& app, int& exit_code);
void add_network(CLI::App& app, int& exit_code);
void add_journal(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_import(CLI::App& app, int& exit_code);
void add_events(CLI::App& app, int& exit_code);
void add_picklist(CLI::App& app, int& exit_code);
void add_availability(CLI::App& app, int& exit_code);

}  // namespace millrace::tools
