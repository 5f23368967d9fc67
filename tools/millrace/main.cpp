// The millrace binary: reads the command line and hands over to a subcommand.
#include "tools/millrace/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Millrace, an order routing engine"};
  app.require_subcommand(1);
  app.set_version_flag("--version", MILLRACE_VERSION);
  int exit_code = millrace::tools::exit_ok;
  millrace::tools::add_serve(app, exit_code);
  millrace::tools::add_load(app, exit_code);
  millrace::tools::add_network(app, exit_code);
  millrace::tools::add_journal(app, exit_code);
  millrace::tools::add_replay(app, exit_code);
  millrace::tools::add_import(app, exit_code);
  millrace::tools::add_events(app, exit_code);
  millrace::tools::add_picklist(app, exit_code);
  millrace::tools::add_availability(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? millrace::tools::exit_ok : millrace::tools::exit_usage;
  }
  return exit_code;
}
