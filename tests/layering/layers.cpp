// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/layering/layers.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace variometer::layering {
namespace {

struct Include {
  int line = 0;
  std::string path;
  bool quoted = false;
};

// A folder, its floor, and what of the outside it may see. Within a floor folders may include each other.
struct Folder {
  std::string_view name;
  int floor;
  bool torch;
  bool qt;
};
constexpr std::array kFolders = {
    Folder{"core/base/", 0, false, false},
    Folder{"core/text/", 1, false, false},
    Folder{"core/kernels/", 1, true, false},
    Folder{"core/model/", 1, true, false},
    Folder{"core/checkpoint/", 2, true, false},
    Folder{"core/probe/", 2, true, false},
    Folder{"core/mitigation/", 2, true, false},
    Folder{"core/record/", 2, false, false},
    Folder{"core/analysis/", 3, true, false},
    Folder{"core/train/", 3, true, false},
    Folder{"widgets/", 4, false, true},
    Folder{"app/", 5, false, true},
    Folder{"tests/", 6, true, true},
};

const Folder* folder_of(std::string_view path) {
  for (const Folder& folder : kFolders) {
    if (path.starts_with(folder.name)) return &folder;
  }
  return nullptr;
}

bool is_torch(std::string_view include) {
  return include.starts_with("torch/") || include.starts_with("ATen/") || include.starts_with("c10/") ||
         include.starts_with("caffe2/");
}

bool is_qt(std::string_view include) {
  static const std::regex qt("Q[A-Z0-9][A-Za-z0-9]*(/.*)?|Qt[A-Z][A-Za-z]*/.*|q[a-z]+\\.h");
  return std::regex_match(include.begin(), include.end(), qt);
}

bool ours(std::string_view include) { return folder_of(include) != nullptr; }

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex form(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::vector<Include> found;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (std::regex_match(line, match, form)) {
      found.push_back({.line = number, .path = match[2], .quoted = match[1] == "\""});
    }
  }
  return found;
}

// What a file sees through its own and its headers' include lines.
struct Sight {
  bool torch = false;
  bool qt = false;
};

using Includes = std::map<std::string, std::vector<Include>>;

void look(const std::string& path, const Includes& includes, std::set<std::string>& visited, Sight& sight) {
  if (!visited.insert(path).second) return;
  const auto found = includes.find(path);
  if (found == includes.end()) return;
  for (const Include& include : found->second) {
    sight.torch = sight.torch || is_torch(include.path);
    sight.qt = sight.qt || is_qt(include.path);
    look(include.path, includes, visited, sight);
  }
}

Sight sight_of(const std::string& path, const Includes& includes) {
  Sight sight;
  std::set<std::string> visited;
  look(path, includes, visited, sight);
  return sight;
}

// base is std C++ and two header libraries for JSON and TOML; <QWidget>, <hdf5.h>, <ATen/...> all look different.
bool allowed_in_base(std::string_view include) {
  if (include.starts_with("nlohmann/") || include.starts_with("toml++/") || include.starts_with("sys/")) return true;
  if (include.find('/') != std::string_view::npos) return false;
  static const std::set<std::string_view> posix = {"unistd.h", "fcntl.h"};
  return include.find('.') == std::string_view::npos ? !is_qt(include) : posix.contains(include);
}

// "" where `include` may stand in `path`.
std::string objection(const Folder& from, const Include& include) {
  if (is_torch(include.path) && !from.torch) return "LibTorch may not be seen here";
  if (is_qt(include.path) && !from.qt) return "Qt may not be seen here";
  const Folder* to = folder_of(include.path);
  if (to == nullptr) {
    if (from.floor == 0 && !allowed_in_base(include.path)) return "core/base is standard C++, JSON and TOML only";
    if (include.quoted && !include.path.ends_with(".moc") && include.path.find('/') != std::string::npos) {
      return "include paths start at the root of the tree";
    }
    return "";
  }
  if (!include.quoted) return "our own headers are included with quotes";
  if (to->floor > from.floor) return std::string(from.name) + " lies below " + std::string(to->name);
  if (from.name == "widgets/" && to->name != "widgets/" && to->name != "core/base/") {
    return "widgets see core/base and nothing else of the engine";
  }
  if (from.name == "core/record/" && to->torch) return "core/record is free of LibTorch: base, text and record only";
  if (from.name == "core/text/" && to->torch) return "core/text is free of LibTorch: base and text only";
  return "";
}

}  // namespace

std::vector<std::string> violations(const Tree& tree) {
  Includes includes;
  for (const auto& [path, text] : tree) includes[path] = includes_of(text);

  std::vector<std::string> found;
  for (const auto& [path, lines] : includes) {
    const Folder* from = folder_of(path);
    if (from == nullptr) continue;
    for (const Include& include : lines) {
      const std::string where = path + ":" + std::to_string(include.line) + ": #include " + include.path + ": ";
      if (const std::string what = objection(*from, include); !what.empty()) {
        found.push_back(where + what);
      } else if (ours(include.path)) {
        const Sight sight = sight_of(include.path, includes);
        if (sight.torch && !from->torch) found.push_back(where + "LibTorch comes with this header");
        if (sight.qt && !from->qt) found.push_back(where + "Qt comes with this header");
      }
    }
    const Sight sight = sight_of(path, includes);
    if (sight.torch && sight.qt) found.push_back(path + ": sees LibTorch and Qt together");
  }
  return found;
}

Tree read_tree(const std::string& root) {
  namespace fs = std::filesystem;
  Tree tree;
  for (const char* top : {"app", "core", "widgets", "tests"}) {
    if (!fs::exists(fs::path(root) / top)) throw std::runtime_error(root + " has no " + top + "/");
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(root) / top)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu" && extension != ".cuh") continue;
      std::ifstream file(entry.path());
      tree[fs::relative(entry.path(), root).generic_string()] =
          std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
  }
  return tree;
}

}  // namespace variometer::layering
