// Flags for reads.
#include "tools/millrace/read_flags.h"

namespace millrace::tools {

void add_read_flags(CLI::App& load, ReadFlags& flags) {
  CLI::Option* const readers =
      load.add_option("--readers", flags.options.connections,
                      "Connections that read availability meanwhile, by SKUs' popularity")
          ->check(CLI::Range(1, 1000));
  load.add_option("--reads-frame", flags.options.frame_reads, "SKUs a frame of them")
      ->check(CLI::Range(2, 65'536))
      ->capture_default_str()
      ->needs(readers);
  load.add_option("--reads-in-flight", flags.options.frames_in_flight,
                  "Frames of a reader without an answer, where there is no rate")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->needs(readers);
  load.add_option("--reads-rate", flags.options.rate,
                  "Reads a second of all readers, asked at their time; 0 asks as answers come")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->needs(readers);
  load.add_flag("--reads-alone", flags.alone, "Send no orders, read for --seconds")->needs(readers);
  load.add_flag("--reads-only-fall", flags.options.only_falls,
                "Nothing but these orders changes the stock, which was the network's at first: "
                "availability must never be above that, nor rise")
      ->needs(readers);
  load.add_flag("--reads-compare", flags.compare,
                "Afterwards compare every SKU's availability with its stock, which must rest")
      ->needs(readers);
}

}  // namespace millrace::tools
