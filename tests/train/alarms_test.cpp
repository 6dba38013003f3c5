// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/alarms.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace variometer {
namespace {

Snapshot update(std::int64_t step, float loss) {
  Snapshot snapshot;
  snapshot.step = step;
  snapshot.loss = loss;
  return snapshot;
}

std::shared_ptr<const ActivationSnapshot> activations(std::vector<ActivationPlace> massive, std::int64_t non_finite) {
  auto snapshot = std::make_shared<ActivationSnapshot>();
  snapshot->layers.resize(3);
  snapshot->layers[1].non_finite = non_finite;
  snapshot->massive = std::move(massive);
  return snapshot;
}

TEST(Alarms, AFallingLossWithNoiseIsQuiet) {
  Alarms alarms;
  std::vector<Event> events;
  for (std::int64_t step = 1; step <= 500; ++step) {
    const float noise = 0.05F * static_cast<float>(step * 7 % 11 - 5) / 5.0F;
    alarms.watch(update(step, 2.0F + 3.5F * 50.0F / static_cast<float>(50 + step) + noise), events);
  }
  EXPECT_TRUE(events.empty());
}

TEST(Alarms, ALossThatJumpsIsToldOnceAndNotAtEveryStepOfTheJump) {
  Alarms alarms;
  std::vector<Event> events;
  for (std::int64_t step = 1; step <= 200; ++step) alarms.watch(update(step, 2.0F), events);
  for (std::int64_t step = 201; step <= 220; ++step) alarms.watch(update(step, 4.0F), events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].step, 201);
  EXPECT_EQ(events[0].kind, "alarm");
  EXPECT_EQ(nlohmann::json::parse(events[0].detail).at("what"), "loss jumped");
}

TEST(Alarms, ALossIsSoundWhileItIsAboutAsLowAsItHasBeen) {
  Alarms alarms;
  std::vector<Event> events;
  const auto see = [&](std::int64_t step, float loss) {
    Snapshot s;
    s.step = step;
    s.loss = loss;
    alarms.watch(s, events);
    return alarms.loss_is_sound();
  };
  EXPECT_TRUE(alarms.loss_is_sound());
  for (std::int64_t i = 1; i <= 200; ++i) EXPECT_TRUE(see(i, 5.0F - 0.015F * static_cast<float>(i)));
  EXPECT_FALSE(see(201, 9.0F));  // a jump
  EXPECT_TRUE(see(202, 2.0F));
  // Slowly up, without one: the mean is not where it was.
  bool sound = true;
  for (std::int64_t i = 203; i <= 600; ++i) sound = see(i, 2.0F + 0.01F * static_cast<float>(i - 203));
  EXPECT_FALSE(sound);
  EXPECT_FALSE(see(601, std::numeric_limits<float>::quiet_NaN()));
}

TEST(Alarms, AJumpRightAfterTvrRescaledWeightsSaysSo) {
  Alarms alarms;
  std::vector<Event> events;
  for (std::int64_t step = 1; step <= 200; ++step) alarms.watch(update(step, 2.0F), events);
  alarms.note_rescaling(200);
  alarms.watch(update(201, 4.0F), events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(nlohmann::json::parse(events[0].detail).at("tvr_rescaled_at"), 200);
}

TEST(Alarms, TheFirstMassiveActivationIsNamedAndLaterOnesAreNot) {
  Alarms alarms;
  std::vector<Event> events;
  Snapshot snapshot = update(30, 2.0F);
  snapshot.probe = activations({{.value = -500, .layer = 2, .token = 0, .channel = 7}}, 0);
  alarms.watch(snapshot, events);
  alarms.watch(snapshot, events);
  ASSERT_EQ(events.size(), 1U);
  const auto detail = nlohmann::json::parse(events[0].detail);
  EXPECT_EQ(detail.at("what"), "first massive activation");
  EXPECT_EQ(detail.at("layer"), 2);
  EXPECT_EQ(detail.at("token"), 0);
  EXPECT_EQ(detail.at("channel"), 7);
  EXPECT_EQ(detail.at("value"), -500);
}

TEST(Alarms, NumbersThatAreNotFiniteNameTheFirstLayer) {
  Alarms alarms;
  std::vector<Event> events;
  Snapshot snapshot = update(30, 2.0F);
  snapshot.batch = activations({}, 4);
  alarms.watch(snapshot, events);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(nlohmann::json::parse(events[0].detail).at("layer"), 1);
}

}  // namespace
}  // namespace variometer
