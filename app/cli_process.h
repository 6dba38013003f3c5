// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

namespace variometer {

/// Exit status after Ctrl-C.
inline constexpr int kInterruptedStatus = 130;

/// Allocator settings for training: freed memory is kept, not handed back to the system after every tensor. Call first.
void prepare_process();

/// From now on SIGINT, SIGTERM and SIGHUP (unless nohup ignores it) ask for a clean stop (a second one ends the program
/// at once), and a closed pipe is an error of the write instead of the end of the program.
void catch_interrupts();

/// Was a stop asked for? Any thread.
bool interrupted();
void request_interrupt();

/// The rest of the work goes on in a child process, so that a library that falls over `path`, or never comes back from
/// it, takes no more than the child with it. Nothing in the child, which may compute for `seconds_for(path)` at most;
/// in the parent, when the child has ended, its exit status. Throws Error(file) that names `path` when a signal ended
/// it. While there is one thread. For work that leaves nothing half done when Ctrl-C ends both.
std::optional<int> go_on_in_child(const std::string& path);
/// In the child: `path` has been read, what comes now is the program's own work. A signal that ends the child from here
/// on is an Error(run) of the parent that blames the program, not the file.
void note_file_was_read();
/// Far more than the work on a sound file of this size takes.
unsigned seconds_for(const std::string& path);

/// Writes to stdout at once. Throws Error(file) when nobody reads any more, or the disk is full.
void print(const std::string& text);
/// The same with a line end.
void print_line(const std::string& line);
/// One line on stderr, behind "variometer: "; what others wrote in it is made fit for a terminal (one_line.h).
void report(const std::string& line);

}  // namespace variometer
