// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentences.h"

#include <array>
#include <string_view>

#include "core/text/random.h"

namespace variometer {
namespace {

using std::string_view;

struct Person {
  string_view name, subject, object, possessive;
};
struct Verb {
  string_view past, gerund;
};
struct Season {
  string_view name, weather, opposite, opposite_weather, scene;
};

constexpr std::array<Person, 16> kPeople{{
    {"Anna", "she", "her", "her"},
    {"Ben", "he", "him", "his"},
    {"Clara", "she", "her", "her"},
    {"David", "he", "him", "his"},
    {"Emma", "she", "her", "her"},
    {"Felix", "he", "him", "his"},
    {"Grace", "she", "her", "her"},
    {"Hugo", "he", "him", "his"},
    {"Iris", "she", "her", "her"},
    {"Jack", "he", "him", "his"},
    {"Kate", "she", "her", "her"},
    {"Leo", "he", "him", "his"},
    {"Mary", "she", "her", "her"},
    {"Noah", "he", "him", "his"},
    {"Olga", "she", "her", "her"},
    {"Peter", "he", "him", "his"},
}};
constexpr std::array<string_view, 20> kAnimals{"cat",  "dog",  "horse", "bird",   "fox",  "rabbit", "cow",
                                               "goat", "duck", "mouse", "owl",    "frog", "bear",   "wolf",
                                               "hen",  "bee",  "sheep", "donkey", "swan", "snail"};
constexpr std::array<string_view, 24> kThings{
    "apple", "book", "lamp",  "basket", "letter", "boat",  "coat",  "drum", "key",  "clock",  "ladder", "map",
    "nut",   "ring", "stone", "shell",  "spoon",  "table", "chair", "cup",  "rope", "candle", "kite",   "bottle"};
constexpr std::array<string_view, 18> kAdjectives{"small", "big",    "old",   "new",   "red",    "green",
                                                  "blue",  "yellow", "quiet", "heavy", "light",  "clean",
                                                  "dark",  "round",  "warm",  "cold",  "pretty", "broken"};
constexpr std::array<string_view, 16> kPlaces{"garden", "house",  "forest", "village", "kitchen", "field",
                                              "market", "school", "river",  "harbor",  "mill",    "bridge",
                                              "barn",   "hill",   "lake",   "station"};
constexpr std::array<Verb, 14> kVerbs{{
    {"found", "finding"},
    {"carried", "carrying"},
    {"painted", "painting"},
    {"wanted", "wanting"},
    {"lost", "losing"},
    {"bought", "buying"},
    {"sold", "selling"},
    {"watched", "watching"},
    {"hid", "hiding"},
    {"drew", "drawing"},
    {"cleaned", "cleaning"},
    {"dropped", "dropping"},
    {"kept", "keeping"},
    {"opened", "opening"},
}};
constexpr std::array<string_view, 10> kMoods{"happy", "sad",    "tired",  "hungry",  "proud",
                                             "angry", "afraid", "sleepy", "curious", "calm"};
constexpr std::array<string_view, 12> kTimes{"In the morning", "At noon",   "In the evening", "At night",
                                             "On Monday",      "On Friday", "On Sunday",      "After the rain",
                                             "Before dinner",  "One day",   "A week later",   "Last year"};
constexpr std::array<Season, 4> kSeasons{{
    {"Summer", "warm", "Winter", "cold", "the days are long"},
    {"Winter", "cold", "Summer", "warm", "the nights are long"},
    {"Spring", "mild", "Autumn", "windy", "the flowers open"},
    {"Autumn", "windy", "Spring", "mild", "the leaves fall"},
}};
constexpr std::array<string_view, 21> kNumbers{"zero",     "one",      "two",      "three",   "four",    "five",
                                               "six",      "seven",    "eight",    "nine",    "ten",     "eleven",
                                               "twelve",   "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
                                               "eighteen", "nineteen", "twenty"};
constexpr std::array<string_view, 8> kColors{"red", "green", "blue", "yellow", "white", "black", "brown", "gray"};

class Writer {
 public:
  Writer(std::uint64_t seed, std::size_t n_byte) : random_(seed) { text_.reserve(n_byte + 1024); }

  std::size_t size() const { return text_.size(); }
  std::string take() && { return std::move(text_); }

  void story() {
    const Person& hero = pick(kPeople);
    const Person* other = &pick(kPeople);
    while (other == &hero) other = &pick(kPeople);
    const string_view animal = pick(kAnimals), thing = pick(kThings), adjective = pick(kAdjectives);
    const std::size_t n_sentence = 3 + random_.below(6);
    for (std::size_t i = 0; i < n_sentence; ++i) sentence(hero, *other, animal, thing, adjective);
    text_.back() = '\n';
  }

 private:
  template <class T, std::size_t N>
  const T& pick(const std::array<T, N>& values) {
    return values[random_.below(N)];
  }

  template <class... Parts>
  void put(const Parts&... parts) {
    ((text_ += parts), ...);
    text_ += ' ';
  }

  static string_view article(string_view word) {
    return string_view("aeio").find(word.front()) != string_view::npos ? "an " : "a ";
  }
  static string_view ending(string_view word) { return word == "sheep" ? "" : word == "fox" ? "es" : "s"; }
  static std::string plural(string_view word) {
    return word == "mouse" ? "mice" : std::string(word) + std::string(ending(word));
  }
  static std::string capital(string_view word) {
    std::string text(word);
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
  }

  void sentence(const Person& hero, const Person& other, string_view animal, string_view thing, string_view adjective) {
    const Verb& verb = pick(kVerbs);
    const string_view place = pick(kPlaces);
    switch (random_.below(16)) {
      case 0:
        put(hero.name, " ", verb.past, " ", article(adjective), adjective, " ", thing, " near the ", place, ".");
        break;
      case 1:
        put(capital(hero.subject), " was ", pick(kMoods), " because ", hero.possessive, " ", animal, " slept.");
        break;
      case 2: put(pick(kTimes), " ", hero.name, " went to the ", place, " with ", other.name, "."); break;
      case 3:
        put("\"Where is the ", thing, "?\" asked ", hero.name, ". \"It is in the ", place, ",\" said ", other.name,
            ".");
        break;
      case 4: put("The ", animal, " liked ", verb.gerund, " the ", adjective, " ", thing, "."); break;
      case 5:
        put(other.name, " gave ", hero.object, " ", article(thing), thing, " and ", hero.subject, " was ", pick(kMoods),
            ".");
        break;
      case 6: put(capital(other.subject), " did not see the ", animal, " behind the ", place, "."); break;
      case 7: season(); break;
      case 8: sum(thing); break;
      case 9: count(hero, animal); break;
      case 10: colors(thing); break;
      case 11: put("If it rains, ", hero.name, " stays in the ", place, " and ", other.name, " reads a book."); break;
      case 12: put("There was ", article(animal), animal, " in the ", place, ". It was ", adjective, "."); break;
      case 13: put(hero.name, " and ", other.name, " ", verb.past, " the ", thing, " together."); break;
      case 14:
        put("\"I am ", pick(kMoods), ",\" said ", hero.name, ", and ", hero.subject, " looked at the ", animal, ".");
        break;
      default: put(capital(hero.subject), " put the ", thing, " under the ", pick(kThings), " and went home."); break;
    }
  }

  void season() {
    const Season& s = pick(kSeasons);
    if (random_.below(2) == 0) {
      put(s.name, " is ", s.weather, ". ", s.opposite, " is ", s.opposite_weather, ".");
    } else {
      put("In ", capital_to_lower(s.name), " it is ", s.weather, " and ", s.scene, ".");
    }
  }
  static std::string capital_to_lower(string_view word) {
    std::string text(word);
    text.front() = static_cast<char>(text.front() - 'A' + 'a');
    return text;
  }

  void sum(string_view thing) {
    const std::size_t a = 1 + random_.below(10), b = 1 + random_.below(10);
    if (random_.below(2) == 0) {
      put(capital(kNumbers[a]), " and ", kNumbers[b], " is ", kNumbers[a + b], ".");
    } else {
      put(std::to_string(a), " ", a == 1 ? std::string(thing) : plural(thing), " and ", std::to_string(b),
          " more make ", std::to_string(a + b), ".");
    }
  }

  void count(const Person& hero, string_view animal) {
    const std::size_t n = 2 + random_.below(8);
    put(hero.name, " counted the ", plural(animal), ": ", kNumbers[n - 1], ", ", kNumbers[n], ", ", kNumbers[n + 1],
        ".");
  }

  void colors(string_view thing) {
    const string_view first = pick(kColors);
    put("The ", thing, " is ", first, ", not ", pick(kColors), ". A ", first, " ", thing, " is easy to find.");
  }

  Random random_;
  std::string text_;
};

}  // namespace

std::string make_sentences(std::uint64_t seed, std::size_t n_byte) {
  Writer writer(seed, n_byte);
  while (writer.size() < n_byte) writer.story();
  std::string text = std::move(writer).take();
  text.resize(n_byte);
  return text;
}

}  // namespace variometer
