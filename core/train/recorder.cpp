// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/recorder.h"

#include "core/record/record_writer.h"

namespace variometer {
namespace {

class FileRecorder : public Recorder {
 public:
  FileRecorder(const std::filesystem::path& path, const RunInfo& info, bool overwrite)
      : writer_(path, info, overwrite) {}
  void write(const Snapshot& snapshot) override { writer_.write(snapshot); }
  void write_hidden(const HiddenStates& hidden) override { writer_.write_hidden(hidden); }
  void flush() override { writer_.flush(); }
  void close() override { writer_.close(); }
  FilePlace place() const override { return writer_.place(); }

 private:
  RecordWriter writer_;
};

}  // namespace

RecorderFactory record_to(const std::filesystem::path& path, bool overwrite) {
  return [path, overwrite](const RunInfo& info) { return std::make_unique<FileRecorder>(path, info, overwrite); };
}

}  // namespace variometer
