import asyncio
import threading

from django.test import SimpleTestCase

from core.http.threads import WorkerThreads


class WorkerThreadsTests(SimpleTestCase):
    async def test_a_job_runs_in_another_thread(self):
        threads = WorkerThreads(lambda job: (job, threading.current_thread()), count=1)
        job, thread = await threads.run("job")
        self.assertEqual(job, "job")
        self.assertIsNot(thread, threading.current_thread())

    async def test_as_many_jobs_as_threads_run_at_the_same_time(self):
        both = threading.Barrier(2, timeout=5)
        threads = WorkerThreads(lambda _: both.wait(), count=2)
        found = await asyncio.gather(threads.run(1), threads.run(2))
        self.assertEqual(sorted(found), [0, 1])

    async def test_further_jobs_wait_in_order(self):
        go, done = threading.Event(), []

        def work(job):
            go.wait(5)
            done.append(job)

        threads = WorkerThreads(work, count=1)
        waiting = [asyncio.ensure_future(threads.run(number)) for number in range(5)]
        await asyncio.sleep(0)
        self.assertEqual(done, [])
        go.set()
        await asyncio.gather(*waiting)
        self.assertEqual(done, [0, 1, 2, 3, 4])

    async def test_an_exception_is_raised_and_the_thread_goes_on(self):
        threads = WorkerThreads(lambda job: 1 / job, count=1)
        with self.assertRaises(ZeroDivisionError):
            await threads.run(0)
        self.assertEqual(await threads.run(1), 1)

    async def test_a_cancelled_job_harms_no_other(self):
        go = threading.Event()

        def work(job):
            go.wait(5)
            return 1 / job

        threads = WorkerThreads(work, count=1)
        cancelled = [asyncio.ensure_future(threads.run(job)) for job in (0, 1)]
        await asyncio.sleep(0)
        for task in cancelled:
            task.cancel()
        go.set()
        self.assertEqual(await threads.run(1), 1)
