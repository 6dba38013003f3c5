// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// One `key=value` of a config, as text.
struct Assignment {
  std::string key;
  std::string value;
  bool operator==(const Assignment&) const = default;
};

/// Splits "tvr.enabled=true". Throws Error(usage) when there is no '=' or no key.
Assignment parse_assignment(std::string_view text);

/// What can be asked of a run. Posted from any thread; takes effect between two optimizer steps, in the order posted.
struct Command {
  enum class Kind {
    set,            ///< apply `assignments` together (live fields only)
    run,            ///< go on until told otherwise
    pause,          ///<
    step,           ///< run `count` steps, then pause
    stop,           ///< finish the step in hand and end the run
    preview,        ///< measure what `assignments` would do to the probe batch; change nothing
    sample,         ///< draw text from the model now; `text`: prompt ("" : train.sample_prompt)
    checkpoint,     ///< save to the folder `text`
    restore,        ///< back to the state kept before update `count`: undo of a switch, WayBack of a failed run
    cancel,         ///< end what is being done between two updates: the text being drawn
    record_hidden,  ///< write this step's hidden states and attention maps of the probe prompt into the record
    mark,           ///< a user's remark `text` at step `count`: an event, and nothing else
    show_layer,     ///< frames show layer `count`; not an event
  };

  Kind kind = Kind::set;
  std::vector<Assignment> assignments;
  std::int64_t count = 1;
  std::string text;
  std::int64_t ticket = 0;  ///< chosen by the sender, carried back in Snapshot::applied
};

/// "set", "run", ...
std::string_view to_string(Command::Kind kind);

/// {"kind": "set", "tvr.enabled": "true"}: the `detail` of an event; from_json reads it back.
nlohmann::json to_json(const Command& command);
Command command_from_json(const nlohmann::json& json);

}  // namespace variometer
