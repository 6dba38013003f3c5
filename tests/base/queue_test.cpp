// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <numeric>
#include <stop_token>
#include <thread>
#include <vector>

namespace variometer {
namespace {

TEST(BoundedQueue, ForgetsTheOldestWhenFullAndCountsIt) {
  BoundedQueue<int> queue(3);
  for (int i = 0; i < 5; ++i) queue.push(i);
  EXPECT_EQ(queue.drain(), (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(queue.dropped(), 2);
  EXPECT_TRUE(queue.drain().empty());
}

TEST(BoundedQueue, LosesNothingBetweenTwoThreads) {
  BoundedQueue<int> queue(100000);
  std::jthread writer([&] {
    for (int i = 0; i < 20000; ++i) queue.push(i);
  });
  std::vector<int> seen;
  while (seen.size() < 20000) {
    for (const int value : queue.drain()) seen.push_back(value);
  }
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(CommandQueue, WakesTheReaderThatWaitsAndKeepsTheOrder) {
  CommandQueue<int> queue;
  std::vector<int> seen;
  std::promise<void> seen_all;
  std::jthread reader([&](const std::stop_token& stop) {
    while (const auto value = queue.wait_take(stop)) {
      seen.push_back(*value);
      if (seen.size() == 100) seen_all.set_value();
    }
  });
  for (int i = 0; i < 100; ++i) queue.push(i);
  ASSERT_EQ(seen_all.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  reader.request_stop();
  reader.join();
  std::vector<int> posted(100);
  std::iota(posted.begin(), posted.end(), 0);
  EXPECT_EQ(seen, posted);
  EXPECT_FALSE(queue.try_take());
}

TEST(CommandQueue, LetsAWaitingReaderGoWhenStopped) {
  CommandQueue<int> queue;
  std::stop_source stop;
  auto reader = std::async(std::launch::async, [&] { return queue.wait_take(stop.get_token()); });
  stop.request_stop();
  ASSERT_EQ(reader.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(reader.get(), std::nullopt);
}

TEST(Newest, KeepsOnlyTheLastValue) {
  Newest<int> newest;
  newest.set(1);
  newest.set(2);
  EXPECT_EQ(newest.take(), 2);
  EXPECT_EQ(newest.take(), std::nullopt);
}

}  // namespace
}  // namespace variometer
