// The disk of this machine, direct and through the page cache.
#include "adapters/disk/posix.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "engine/journal/reader.h"
#include "engine/journal/snapshot.h"
#include "engine/journal/writer.h"
#include "tests/journal/journal_fixture.h"
#include "tests/support/temp_directory.h"

namespace millrace::test {
namespace {

struct Place {
  std::string name;
  std::filesystem::path under;
  bool direct;
};

class PosixDisk : public testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(GetParam().under)) {
      GTEST_SKIP() << GetParam().under << " is not there";
    }
    directory_.emplace(GetParam().under);
    disk_ = open_disk();
  }

  [[nodiscard]] std::unique_ptr<Disk> open_disk() const {
    Result<std::unique_ptr<Disk>> opened =
        open_posix_disk(directory_->path().native(), {.direct = GetParam().direct});
    EXPECT_TRUE(opened.ok()) << opened.error().text;
    return std::move(opened).value();
  }

  std::optional<TempDirectory> directory_;
  std::unique_ptr<Disk> disk_;
};

TEST_P(PosixDisk, KeepsAJournal) {
  RecordSource source(51);
  std::vector<Record> sent;
  for (int opening = 0; opening < 3; ++opening) {
    JournalWriter writer;
    WriterOptions options = writer_options(64 * block);
    options.prepare_ahead = true;
    ASSERT_TRUE(writer.open(*disk_, options, *read_back(*disk_).tail).ok());
    EXPECT_TRUE(GetParam().direct || !writer.direct());
    for (int group = 0; group < 20; ++group) {
      const std::vector<Record> records{source.make(4, 9000), source.make(9, 90)};
      ASSERT_TRUE(append(writer, records));
      sent.insert(sent.end(), records.begin(), records.end());
    }
  }
  const ReadBack back = read_back(*disk_);
  EXPECT_EQ(back.records, sent) << text_of(back.error);
}

TEST_P(PosixDisk, IsReadUpToWhatIsDurableWhileItIsWritten) {
  RecordSource source(54);
  std::vector<Record> records;
  for (int frame = 0; frame < 400; ++frame) {
    records.push_back(source.make(2, 6000));
  }
  std::atomic<std::size_t> durable{0};
  std::jthread appending([this, &records, &durable] {
    JournalWriter writer;
    WriterOptions options = writer_options(64 * block);
    options.prepare_ahead = true;
    EXPECT_TRUE(writer.open(*disk_, options, {}).ok());
    for (const Record& record : records) {
      EXPECT_TRUE(append(writer, std::span(&record, 1)));
      durable.fetch_add(1);
    }
  });
  std::size_t count = 0;
  while (count < records.size()) {
    count = durable.load();
    if (count == 0) {
      std::this_thread::yield();
      continue;
    }
    const ReadBack back = read_back(
        *disk_, {.until = Sequence{records[count - 1].first_sequence}, .network = test_network});
    ASSERT_EQ(back.records.size(), count) << text_of(back.error);
    ASSERT_TRUE(std::equal(back.records.begin(), back.records.end(), records.begin()));
  }
}

TEST_P(PosixDisk, TruncatesATornTail) {
  RecordSource source(52);
  std::vector<Record> sent{source.make_blocks(3), source.make_blocks(2), source.make_blocks(2)};
  {
    JournalWriter writer;
    open_writer(*disk_, 64 * block, writer);
    ASSERT_TRUE(append(writer, std::span(sent).first(1)));
    ASSERT_TRUE(append(writer, std::span(sent).last(2)));
  }
  {
    // The second frame of the last write loses its first block.
    const auto file = disk_->open(segment_name(1), Access::durable).value();
    const AlignedBuffer zeros(block);
    const Bytes part = zeros.span();
    ASSERT_TRUE(file->write(6 * block, {&part, 1}).ok());
  }
  const ReadBack torn = read_back(*disk_);
  ASSERT_TRUE(torn.tail) << text_of(torn.error);
  ASSERT_TRUE(torn.tail->torn);
  EXPECT_EQ(torn.tail->torn->offset, 7 * block);
  EXPECT_EQ(torn.tail->torn->file, directory_->path().native() + "/" + segment_name(1));
  sent.pop_back();
  JournalWriter writer;
  open_writer(*disk_, 64 * block, writer);
  RecordSource more(53, writer.next());
  sent.push_back(more.make_blocks(1));
  ASSERT_TRUE(append(writer, std::span(sent).last(1)));
  EXPECT_EQ(read_back(*disk_).records, sent);
}

TEST_P(PosixDisk, KeepsASnapshot) {
  const std::vector<std::byte> bytes(9'000'001, std::byte{0x5A});
  SnapshotWriter writer;
  ASSERT_TRUE(writer.open(*disk_, {Sequence{5}, Time{6}, 7, 8, 9}).ok());
  writer.section("large", bytes);
  writer.section("empty", {});
  ASSERT_TRUE(writer.finish().ok());
  ASSERT_EQ(list_snapshots(*disk_).value().size(), 1U);
  EXPECT_TRUE(verify_snapshot(*disk_, snapshot_name(Sequence{5})).ok());
}

TEST_P(PosixDisk, OnlyOneMayWrite) {
  ASSERT_TRUE(disk_->lock().ok());
  ASSERT_TRUE(disk_->lock().ok());
  const auto other = open_disk();
  const Result<void> refused = other->lock();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, DiskError::busy);
  disk_.reset();
  EXPECT_TRUE(other->lock().ok());
}

TEST_P(PosixDisk, ErrorsNameFileOperationAndReason) {
  const auto text = [](const Result<std::unique_ptr<File>>& result) { return result.error().text; };
  EXPECT_EQ(text(disk_->open("none", Access::read)),
            directory_->path().native() + "/none: open: No such file or directory");
  EXPECT_EQ(disk_->open("none", Access::read).error().code, DiskError::not_found);
  ASSERT_TRUE(disk_->create("there", Access::durable).ok());
  EXPECT_EQ(disk_->create("there", Access::durable).error().code, DiskError::exists);
  EXPECT_EQ(disk_->remove("none").error().text,
            directory_->path().native() + "/none: unlink: No such file or directory");
  EXPECT_EQ(disk_->rename("none", "other").error().code, DiskError::not_found);
  EXPECT_EQ(disk_->list().value(), std::vector<std::string>{"there"});
  EXPECT_GT(disk_->free_bytes().value(), 0U);
}

TEST_P(PosixDisk, AWriteThatDoesNotFitIsAnError) {
  // A limit on the file's size stands in for a full disk: the write comes back short, then fails.
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto file = disk_->create("limited", Access::durable).value();
  const rlimit small{.rlim_cur = 3 * block, .rlim_max = limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const AlignedBuffer bytes(2 * block);
  const std::array<Bytes, 2> parts{bytes.span(), bytes.span()};
  const Result<void> written = file->write(0, parts);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.error().text.find("limited: pwritev at offset"), std::string::npos)
      << written.error().text;
}

INSTANTIATE_TEST_SUITE_P(
    Journal, PosixDisk,
    testing::Values(Place{"direct", std::filesystem::temp_directory_path(), true},
                    Place{"cached", std::filesystem::temp_directory_path(), false},
                    Place{"memory", "/dev/shm", true}, Place{"memory_cached", "/dev/shm", false}),
    [](const testing::TestParamInfo<Place>& place) { return place.param.name; });

TEST(PosixDiskOpen, MakesItsDirectory) {
  const TempDirectory parent(std::filesystem::temp_directory_path());
  const std::string path = parent.path().native() + "/journal/";
  EXPECT_FALSE(open_posix_disk(path, {.create = false}).ok());
  const auto disk = open_posix_disk(path).value();
  EXPECT_EQ(disk->path(), parent.path().native() + "/journal");
  EXPECT_TRUE(std::filesystem::is_directory(path));
  EXPECT_FALSE(open_posix_disk(parent.path().native() + "/no/such").ok());
}

}  // namespace
}  // namespace millrace::test
